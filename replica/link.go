package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Link is a primary's connection to one secondary. A driver calls Next and does
// what it says, and tells what happens to the connection; all methods may be
// called from any goroutine.
type Link struct {
	p      *Primary
	index  int
	id     string
	wakeFn atomic.Pointer[func()]
	paused atomic.Bool
	acked  atomic.Uint64 // the secondary has applied everything before
	inStep atomic.Bool   // it holds exactly this history

	mu       sync.Mutex
	state    linkState
	broken   error         // why the connection is to be closed
	retry    time.Duration // of linkDown: when to dial
	fails    int
	lastWhy  string        // the last failure that was logged
	heard    time.Duration // when the secondary was last heard of
	sentAt   time.Duration // when something was last sent
	beatAt   time.Duration // when a heartbeat was last sent
	greeted  bool
	taking   bool // its stream was refused: it is asked for its data only, see Donor
	holds    Position
	in       []byte // received, not decoded
	out      []byte
	everLive bool
	sender
}

// linkState is how far a connection is.
type linkState uint8

const (
	linkDown     linkState = iota
	linkDialing            // the driver connects
	linkGreeting           // the secondary's position is awaited
	linkAsked              // it is known; what to do is the primary's decision
	linkFetching           // the secondary sends its data
	linkStream             // the secondary is sent the log, or a full sync
)

// greetTimeout is how long a secondary may take to say what it holds.
const greetTimeout = 10 * time.Second

// far is a time that does not come.
const far = time.Duration(1<<63 - 1)

var (
	errSilent = errors.New("the secondary was silent for too long")
	errAnswer = errors.New("unexpected frame")
)

func newLink(p *Primary, index int, id string) *Link { return &Link{p: p, index: index, id: id} }

// ID is the secondary's id.
func (l *Link) ID() string { return l.id }

// OnWake sets what is called, from any goroutine and under locks, when Next is to
// be called again before the time it gave. It must not block or call the link.
func (l *Link) OnWake(fn func()) { l.wakeFn.Store(&fn) }

func (l *Link) wake() {
	if fn := l.wakeFn.Load(); fn != nil {
		(*fn)()
	}
}

// Next returns what to do at the time now.
func (l *Link) Next(now time.Duration) Action {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.checkSilence(now)
	}
	if l.broken != nil {
		l.drop(now)
		return Action{Do: DoClose}
	}
	v, until := l.p.verdict(now, l)
	switch l.state {
	case linkDown:
		if now < l.retry {
			return wait(l.retry, until)
		}
		l.state = linkDialing
		return Action{Do: DoDial}
	case linkDialing:
		return wait(far, until)
	case linkGreeting:
		if l.greeted {
			return wait(l.heard+greetTimeout, until)
		}
		l.greeted = true
		return l.send(now, l.greeting())
	case linkAsked:
		switch v {
		case verdictFetch:
			l.state = linkFetching
			return l.send(now, appendFrame(l.out[:0], frameFetch, 0))
		case verdictStream:
			if l.taking { // what it is now there is a stream for, or none
				l.down(now, false)
				l.retry = now
				return Action{Do: DoClose}
			}
			l.state, l.fails = linkStream, 0
			return l.begin(now)
		}
	case linkStream:
		return l.stream(now)
	}
	return l.beat(now, far, until)
}

// wait waits until the earlier of two times, of which the second may be none.
func wait(until, or time.Duration) Action {
	if or != 0 {
		until = min(until, or)
	}
	return Action{Do: DoWait, Until: until}
}

func (l *Link) send(now time.Duration, b []byte) Action {
	l.out, l.sentAt = b, now
	return Action{Do: DoSend, Data: b}
}

// beat sends a heartbeat when one is due, and otherwise waits.
func (l *Link) beat(now, until, or time.Duration) Action {
	if due := l.sentAt + l.p.opts.Beat; now < due {
		return wait(min(until, due, l.heard+missedBeats*l.p.opts.Beat), or)
	}
	return l.send(now, l.appendBeat(now, l.out[:0]))
}

// appendBeat appends a heartbeat, which tells the secondary how far behind it is.
func (l *Link) appendBeat(now time.Duration, b []byte) []byte {
	l.beatAt = now
	_, end := l.p.opts.Log.Bounds()
	b, at := openFrame(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(l.currentLag(now)))
	return closeFrame(b, at, frameBeat, end)
}

func (l *Link) checkSilence(now time.Duration) {
	limit := missedBeats * l.p.opts.Beat
	switch l.state {
	case linkDown, linkDialing:
		return
	case linkGreeting:
		limit = greetTimeout
	}
	if now-l.heard >= limit {
		l.broken = errSilent
	}
}

// drop gives the connection up and plans the next one.
func (l *Link) drop(now time.Duration) {
	if why := l.broken.Error(); why != l.lastWhy {
		l.p.log.Warn("replication: lost a secondary", zap.String("secondary", l.id), zap.Error(l.broken))
		l.lastWhy = why
	}
	l.endSync()
	// One that refuses to be a secondary may have the group's data all the same, and one that has answered has not
	// gone away: a primary that starts does not give them up so soon.
	var refused *refusedError
	take := errors.As(l.broken, &refused) && !l.taking && !l.p.isServing()
	l.down(now, !take && l.state < linkAsked)
	if take {
		l.taking, l.retry = true, now
	}
}

// down ends the connection; away says that there is no hope of an answer soon.
func (l *Link) down(now time.Duration, away bool) {
	l.p.lost(now, l, away)
	l.taking = false
	l.retry = now + l.p.jitter(l.fails)
	l.fails++
	l.state, l.broken, l.greeted = linkDown, nil, false
	l.in = nil
	l.inStep.Store(false)
	l.sender = sender{}
}

// Dialed tells how connecting went.
func (l *Link) Dialed(now time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDialing {
		return
	}
	if err != nil {
		if why := err.Error(); why != l.lastWhy {
			l.p.log.Info("replication: cannot reach a secondary", zap.String("secondary", l.id), zap.Error(err))
			l.lastWhy = why
		}
		l.down(now, true)
		return
	}
	if l.everLive {
		l.p.counted(func(c *Counts) { c.Reconnects++ })
	}
	l.state, l.heard, l.sentAt = linkGreeting, now, now
}

// Broken tells that the connection is of no use any more.
func (l *Link) Broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDown && l.state != linkDialing && l.broken == nil {
		l.broken = err
		l.wake()
	}
}

// knock has a secondary dialed now that is waited with: it says that it is there. How often it failed stays, so
// that one that cannot be talked to is not tried more often than it knocks.
func (l *Link) knock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == linkDown {
		l.retry = 0
		l.wake()
	}
}

// greeting is REPLICA STREAM, or TAKE, as a RESP command.
func (l *Link) greeting() []byte {
	args := []string{"REPLICA", "STREAM", strconv.Itoa(Version), l.p.opts.Group, l.p.opts.ID, l.id}
	if l.taking {
		args = []string{"REPLICA", "TAKE", strconv.Itoa(Version), l.p.opts.ID, l.id}
	}
	b := fmt.Appendf(l.out[:0], "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

// Received takes bytes that came from the secondary; it does not keep data.
func (l *Link) Received(now time.Duration, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state < linkGreeting || l.broken != nil {
		return
	}
	l.heard = now
	in := data
	if len(l.in) > 0 {
		l.in = append(l.in, data...)
		in = l.in
	}
	used, err := l.take(now, in)
	if err != nil {
		l.broken = err
		l.wake()
		return
	}
	l.in = append(l.in[:0], in[used:]...)
}

// take decodes what it can of in.
func (l *Link) take(now time.Duration, in []byte) (used int, err error) {
	if l.state == linkGreeting {
		if used, err = l.takeLine(in); used == 0 || err != nil {
			return used, err
		}
	}
	for {
		f, n, _, err := parseFrame(in[used:])
		if n == 0 || err != nil {
			return used, err
		}
		used += n
		if err := l.frame(now, f); err != nil {
			return used, err
		}
	}
}

// takeLine takes the answer to the greeting.
func (l *Link) takeLine(in []byte) (used int, err error) {
	end := bytes.IndexByte(in, '\n')
	if end < 0 {
		if len(in) > 4096 {
			return 0, fmt.Errorf("unexpected answer %.100q", in)
		}
		return 0, nil
	}
	line := strings.TrimRight(string(in[:end]), "\r")
	if text, refused := strings.CutPrefix(line, "-"); refused {
		return 0, &refusedError{text}
	}
	if l.holds, err = parsePosition(line); err != nil {
		return 0, err
	}
	l.state = linkAsked
	l.p.answered(l, l.holds)
	return end + 1, nil
}

func (l *Link) frame(now time.Duration, f frame) error {
	switch {
	case f.kind == frameAck && f.offset > l.pos:
		// Whoever waits for this secondary would believe it.
		return fmt.Errorf("%w: it acknowledges offset %d, what was sent ends at %d", errAnswer, f.offset, l.pos)
	case f.kind == frameAck:
		l.ack(now, f)
	case f.kind == frameReady && l.sync == syncAnnounced:
		l.sync = syncWalking
		l.wake()
	case f.kind == framePiece && l.state == linkFetching:
		if err := l.p.opts.Store.Apply(f.payload); err != nil {
			return err
		}
		l.p.fetchedPiece(now, countRecords(f.payload), len(f.payload))
	case f.kind == frameEnd && l.state == linkFetching:
		l.state = linkAsked
		l.p.fetched(now, l)
	default:
		return fmt.Errorf("%w of kind %d", errAnswer, f.kind)
	}
	return nil
}

func countRecords(b []byte) (n int) {
	for ; len(b) > 0; n++ {
		size := recordLen(b)
		if size == 0 || size > len(b) {
			return n
		}
		b = b[size:]
	}
	return n
}

// ack notes what the secondary has applied.
func (l *Link) ack(now time.Duration, f frame) {
	l.acked.Store(f.offset)
	inStep := l.state == linkStream && l.sync == syncNone && len(f.payload) == 1 && f.payload[0] == 1
	l.inStep.Store(inStep)
	l.ackedAt = now
	l.settleLag(now, f.offset)
	if inStep {
		l.everLive, l.lastWhy = true, ""
		l.p.acks()
	}
}
