package replica

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"
)

// refusedError is a peer's error reply to REPLICA STREAM or TAKE.
type refusedError struct{ text string }

func (e *refusedError) Error() string { return "the secondary refuses this primary: " + e.text }

// Donor is the giving end of REPLICA TAKE, by which a node that starts empty as the group's primary takes a member's
// data. The donor need not agree that the taker is its primary: while a config is being changed it may be a primary
// itself or follow another one, and still have the group's only copy. Like a Stream it does no I/O.
type Donor struct {
	store   Store
	peers   []string // the members that were in step with this node
	out     []byte   // scratch of a walk
	cursor  uint64
	giving  bool
	need    int
	started func() // logs that the transfer begins
}

// Take answers REPLICA TAKE at a primary. args are the arguments after these two words.
func (p *Primary) Take(now time.Duration, peer string, args []string) (d *Donor, answer string, err error) {
	var pos Position
	p.mu.Lock()
	serving := p.phase == phaseServing
	if serving {
		pos = Position{History: p.history, Complete: true}
	}
	p.mu.Unlock()
	if serving { // otherwise it has no complete data
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

// newDonor refuses a taker that is not in members, the group by this node's own config. It does not compare the groups'
// names: a group is named after its primary, so the two nodes' names for it may differ.
func newDonor(store Store, members []string, id, peer string, args []string, log *zap.Logger) (*Donor, error) {
	var err error
	switch {
	case len(args) != 3 || args[0] != strconv.Itoa(Version):
		err = fmt.Errorf("REPLICA TAKE takes version (%d), the node that takes and the one that gives", Version)
	case !slices.Contains(members, args[1]):
		err = fmt.Errorf("node %s does not belong to the group of this node, %s; give both nodes the same config", args[1], id)
	case args[2] != id:
		err = fmt.Errorf("this node is %s, not %s; check the addresses in the config", id, args[2])
	}
	if err != nil {
		return nil, err
	}
	return &Donor{store: store, started: func() {
		log.Info("replication: a starting primary takes this node's data", zap.String("node", args[1]), zap.String("from", peer))
	}}, nil
}

// Run takes the complete frames at the front of in and appends answers to out, little more than limit bytes. used is the
// number of bytes consumed. After an error the caller must close the connection.
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

// ack answers a heartbeat, with the ids of the peers if the taker's release reads them.
func (d *Donor) ack(out []byte, beat frame) []byte {
	out, at := openFrame(out)
	if out = append(out, 0); len(beat.payload) >= rosterHead {
		out = appendIDs(out, d.peers)
	}
	return closeFrame(out, at, frameAck, 0)
}

// give appends the next pieces of the store, and frameEnd after the last.
func (d *Donor) give(out []byte, limit int) []byte {
	out, d.out, d.cursor = appendPieces(out, d.store, d.out, d.cursor, limit)
	if d.cursor == 0 {
		d.giving, d.out = false, nil
		out = appendFrame(out, frameEnd, 0)
	}
	return out
}

// appendPieces appends about limit bytes of frames with pieces of the store, from cursor on. next is 0 at the walk's end.
func appendPieces(out []byte, store Store, scratch []byte, cursor uint64, limit int) (_, _ []byte, next uint64) {
	for began := len(out); len(out)-began < limit; {
		scratch, cursor, _ = store.Walk(scratch[:0], cursor, pieceSize, nil)
		for b := scratch; len(b) > 0; {
			n := WholeRecords(b, framePayload)
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

// Need returns how many bytes must arrive before Run can continue, unless More is true.
func (d *Donor) Need() int { return d.need }

// More reports whether Run can continue without new input.
func (d *Donor) More() bool { return d.giving }
