package replica

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"
)

// refusedError is a peer's refusal of a stream.
type refusedError struct{ text string }

func (e *refusedError) Error() string { return "the secondary refuses this primary: " + e.text }

// Donor is the end of REPLICA TAKE at a node that is asked for its data and nothing else, by a node of its
// group that starts empty as its primary. The one that is asked need not think so too: while a config changes it
// may be a primary itself, or follow another one, and what it holds is all the group has. Like a Stream it is a
// function of bytes.
type Donor struct {
	store   Store
	peers   []string // who was in step with this node
	out     []byte   // scratch of a walk
	cursor  uint64
	giving  bool
	need    int
	started func() // for the log
}

// Take answers REPLICA TAKE at a primary; args are those after these two words.
func (p *Primary) Take(now time.Duration, peer string, args []string) (d *Donor, answer string, err error) {
	var pos Position
	p.mu.Lock()
	serving := p.phase == phaseServing
	if serving {
		pos = Position{History: p.history, Complete: true}
	}
	p.mu.Unlock()
	if serving { // otherwise it has nothing that is its own
		pos.Offset = p.opts.Log.Merge()
		pos.Entries, _ = p.opts.Store.Size()
	}
	if d, err = newDonor(p.opts.Store, p.ids(), p.opts.ID, peer, args, p.log); err != nil {
		return nil, p.refused.refuse(now, p.log, peer, err), err
	}
	d.peers = p.everInStep()
	return d, pos.line(), nil
}

// Take answers REPLICA TAKE at a secondary.
func (s *Secondary) Take(now time.Duration, peer string, args []string) (d *Donor, answer string, err error) {
	if d, err = newDonor(s.opts.Store, s.members(), s.opts.ID, peer, args, s.log); err != nil {
		return nil, s.refused.refuse(now, s.log, peer, err), err
	}
	d.peers = s.knownPeers()
	return d, s.Position().line(), nil
}

// newDonor refuses those that are not of this node's group, members, by its own config: a group is called by its
// primary, so that the two need not agree on the name.
func newDonor(store Store, members []string, id, peer string, args []string, log *zap.Logger) (*Donor, error) {
	var err error
	switch {
	case len(args) != 3 || args[0] != strconv.Itoa(Version):
		err = fmt.Errorf("REPLICA TAKE takes version (%d), the node that takes and the one that gives", Version)
	case !slices.Contains(members, args[1]):
		err = fmt.Errorf("node %s is not of the group of this one, %s; give both nodes the same config", args[1], id)
	case args[2] != id:
		err = fmt.Errorf("this node is %s, not %s; check the addresses in the config", id, args[2])
	}
	if err != nil {
		return nil, err
	}
	return &Donor{store: store, started: func() {
		log.Info("replication: a node that is to be the primary takes this node's data", zap.String("node", args[1]), zap.String("from", peer))
	}}, nil
}

// Run takes the frames at the front of in and appends answers to out, little more than limit bytes. used is how
// much of in is done with. After an error the connection is to be closed.
func (d *Donor) Run(in, out []byte, limit int) (used int, answers []byte, err error) {
	if d.giving {
		out = d.give(out, limit)
	}
	for {
		f, n, need, err := parseFrame(in[used:])
		if err != nil {
			return used, out, err
		}
		if d.need = need; n == 0 {
			return used, out, nil
		}
		used += n
		switch f.kind {
		case frameBeat:
			out = d.ack(out, f)
		case frameFetch:
			d.giving, d.cursor = true, 0
			d.started()
		default:
			return used, out, fmt.Errorf("%w: kind %d", errFrame, f.kind)
		}
	}
}

// ack answers a heartbeat, with the peers if it is of a release that reads them.
func (d *Donor) ack(out []byte, beat frame) []byte {
	out, at := openFrame(out)
	if out = append(out, 0); len(beat.payload) >= rollHead {
		out = appendIDs(out, d.peers)
	}
	return closeFrame(out, at, frameAck, 0)
}

// give appends pieces of the store, and an end after the last.
func (d *Donor) give(out []byte, limit int) []byte {
	out, d.out, d.cursor = appendPieces(out, d.store, d.out, d.cursor, limit)
	if d.cursor == 0 {
		d.giving, d.out = false, nil
		out = appendFrame(out, frameEnd, 0)
	}
	return out
}

// appendPieces appends frames of a walk of the store from cursor on, up to about limit bytes; next is 0 at its end.
func appendPieces(out []byte, store Store, scratch []byte, cursor uint64, limit int) (_, _ []byte, next uint64) {
	for began := len(out); len(out)-began < limit; {
		scratch, cursor, _ = store.Walk(scratch[:0], cursor, pieceSize, nil)
		for b := scratch; len(b) > 0; {
			n := wholeRecords(b, framePayload)
			start, at := openFrame(out)
			out = closeFrame(append(start, b[:n]...), at, framePiece, 0)
			b = b[n:]
		}
		if cursor == 0 {
			return out, scratch, 0
		}
	}
	return out, scratch, cursor
}

// Need is how many bytes must arrive before Run can go on; More reports that it can without any.
func (d *Donor) Need() int { return d.need }

// More reports whether Run has work left without new input.
func (d *Donor) More() bool { return d.giving }
