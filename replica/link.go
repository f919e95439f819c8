package replica

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// Link is a primary's connection to one secondary. A driver calls Next, carries out
// the Action, and reports the connection's events. All methods may be called from
// any goroutine.
type Link struct {
	p      *Primary
	id     string
	wakeFn atomic.Pointer[func()]
	paused atomic.Bool
	acked  atomic.Uint64 // the secondary has applied everything before
	inStep atomic.Bool   // it holds exactly this history
	// refusedUs: the secondary has refused this primary since waitForSuccessor was called.
	refusedUs atomic.Bool
	// wasInStep: inStep was true at some time.
	wasInStep atomic.Bool

	candidate candidate // Primary.mu guards it

	mu         sync.Mutex
	state      linkState
	broken     error         // why the connection is to be closed
	retry      time.Duration // of linkDown: when to dial
	fails      int
	lastWhy    string        // the last failure that was logged since it was in step
	loggedAt   time.Duration // when that was
	heard      time.Duration // when something last came from the secondary
	sentAt     time.Duration // when something was last sent
	beatAt     time.Duration // when a heartbeat was last sent
	greeted    bool
	inquired   bool   // it was asked who was in step with it
	rosterSent uint64 // the roster that it was sent last
	moved      bool   // its address has changed while it was dialed
	taking     bool   // its stream was refused: it is asked for its data only, see Donor
	holds      Position
	in         []byte // received, not decoded
	out        []byte
	everLive   bool
	sender
}

// linkState is the stage of a link's connection.
type linkState uint8

const (
	linkDown     linkState = iota
	linkDialing            // the driver connects
	linkGreeting           // waits for the secondary's position
	linkAsked              // knows the position; waits for the primary's verdict
	linkFetching           // receives the secondary's data
	linkSending            // sends the log, or a full sync
	linkRetired            // the primary's term is over
)

// greetTimeout bounds the time that a secondary takes to answer with its position.
const greetTimeout = 10 * time.Second

// never is a time that does not come.
const never = time.Duration(1<<63 - 1)

var (
	errTaken  = errors.New("its data is no longer needed")
	errSilent = errors.New("the secondary was silent for too long")
	errAnswer = errors.New("unexpected frame")
)

func newLink(p *Primary, id string) *Link { return &Link{p: p, id: id} }

// ID returns the secondary's id.
func (l *Link) ID() string { return l.id }

// OnWake sets the function that asks the driver to call Next before Action.Until. It is
// called from any goroutine, under locks; it must not block or call the link.
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
	if l.state == linkRetired {
		return Action{Do: DoWait, Until: never}
	}
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
		return wait(never, until)
	case linkGreeting:
		if l.greeted {
			return wait(l.heard+greetTimeout, until)
		}
		l.greeted = true
		return l.send(now, l.greeting())
	case linkAsked:
		if v != verdictSend && !l.inquired {
			l.inquired = true
			return l.send(now, l.appendLeads(now, l.appendBeat(now, l.out[:0])))
		}
		switch v {
		case verdictFetch:
			l.state = linkFetching
			return l.send(now, appendFrame(l.out[:0], frameFetch, 0))
		case verdictSend:
			if l.taking { // a connection by REPLICA TAKE carries no stream: dial again for one
				l.down(now, present, errTaken)
				l.retry = now
				return Action{Do: DoClose}
			}
			l.state, l.fails = linkSending, 0
			return l.begin(now)
		}
	case linkSending:
		return l.sendNext(now)
	}
	return l.beat(now, never, until)
}

// wait waits until the earlier of two times; 0 as the second means none.
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

// beat sends a heartbeat if one is due, and waits otherwise.
func (l *Link) beat(now, until, or time.Duration) Action {
	if due := l.sentAt + l.p.opts.Beat; now < due {
		return wait(min(until, due, l.heard+missedBeats*l.p.opts.Beat), or)
	}
	b := l.appendBeat(now, l.out[:0])
	if l.state == linkSending {
		b = l.appendLeads(now, b)
	}
	return l.send(now, b)
}

// greeting returns REPLICA STREAM or REPLICA TAKE as a RESP command.
func (l *Link) greeting() []byte {
	args := []string{"REPLICA", "STREAM", strconv.Itoa(Version), l.p.group(), l.p.opts.ID, l.id}
	if epoch := l.p.epoch.Load(); epoch > 0 { // releases without epochs take four words
		args = append(args, strconv.FormatUint(epoch, 10))
	}
	if l.taking {
		args = []string{"REPLICA", "TAKE", strconv.Itoa(Version), l.p.opts.ID, l.id}
	}
	return wire.Request(l.out[:0], args...)
}
