package sim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// world is the virtual time and everything in it.
type world struct {
	seed   uint64
	rnd    *rand.Rand
	now    time.Duration
	events eventHeap
	number uint64
	burst  int // events since time last moved
	trace  []string
	err    error

	mutation Mutation
	params   params
	nodes    []*node
	leader   int   // index of the primary in the latest config
	latest   int64 // the latest time that any clock has returned
	blocked  map[[2]int]bool
	out      map[int]bool // nodes that are no secondaries in the latest config
	conns    []*conn
	model    model

	histories        map[[20]byte]*history // of all primaries, by ID
	reigns           []*history            // the same, in the order in which they began
	acks             map[uint64]int        // by epoch: the node that acknowledged writes
	acked            uint64                // the latest epoch in which writes were acknowledged
	ackedAt          time.Duration         // when the first of these was
	apart            uint64                // an earlier epoch, see unheard; 0: none
	acknowledgements int
	fenceAt          *node // the only one that may acknowledge writes; nil: any that leads

	etcd   *etcd         // nil: none
	keeps  bool          // nodes keep their memory over a restart
	forgot time.Duration // when etcd last lost data; 0: never
	idle   bool          // clients of a group with etcd send no writes for now
	thread *thread       // the one that runs

	calm  bool // faults have stopped
	quiet bool // clients have stopped
}

// params are drawn once for a run.
type params struct {
	secondaries int
	keys        int
	large       int           // one value in this many is large
	batch       int           // bytes
	delay       time.Duration // of the network, at most
	window      int           // bytes in flight in one direction
	slow        time.Duration // between two runs of a secondary's stream, at most
	turn        int           // bytes that a secondary sends in one run, at most
	writes      time.Duration // between two writes, on average
	flushes     bool          // clients sometimes flush
	changes     bool          // another node sometimes becomes the primary
	evicts      bool          // some nodes lack room for all keys
	memory      []int64       // of each node's store; nil: enough
	policies    []lru.Policy  // likewise; nil: the usual one
	entries     []int64       // MaxEntries by node
	timing      replica.Timing
}

// usualTiming is the timing of all runs but trials of timeouts.
var usualTiming = replica.Timing{Beat: time.Second, RecoverTimeout: 20 * time.Second}

// lead returns the primary in the latest config.
func (w *world) lead() *node { return w.nodes[w.leader] }

func (w *world) ids() (all []string) {
	for _, n := range w.nodes {
		all = append(all, n.id)
	}
	return all
}

// after schedules do in d from now.
func (w *world) after(d time.Duration, do func()) {
	w.number++
	w.events.push(event{w.now + max(d, 0), w.number, do})
}

// until runs the world to the time t.
func (w *world) until(t time.Duration) {
	for w.err == nil && len(w.events) > 0 && w.events[0].at <= t {
		e := w.events.pop()
		if w.burst++; e.at > w.now {
			w.burst = 0
		} else if w.burst > 100_000 {
			w.fail("time stands still")
		}
		w.now = e.at
		e.do()
		if w.etcd != nil {
			w.attendCoordinators()
		}
	}
	w.now = t
}

// upTo returns a random duration below d, mostly a short one.
func (w *world) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	x := time.Duration(w.rnd.Int64N(int64(d)))
	if w.rnd.IntN(4) != 0 {
		x /= 16
	}
	return x
}

// traceLen is the number of lines in the trace of a Failure: the last ones.
const traceLen = 60

func (w *world) note(format string, args ...any) {
	if len(w.trace) >= 2*traceLen {
		w.trace = append(w.trace[:0], w.trace[len(w.trace)-traceLen:]...)
	}
	w.trace = append(w.trace, fmt.Sprintf("%9.3fs ", w.now.Seconds())+fmt.Sprintf(format, args...))
}

func (w *world) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
		w.note("FAILED: %v", w.err)
	}
}

// logger writes a node's log to the trace.
func (w *world) logger(n *node) *zap.Logger {
	to := traceWriter{w, n}
	return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "m", ConsoleSeparator: " "}), to, zap.DebugLevel))
}

type traceWriter struct {
	w *world
	n *node
}

func (t traceWriter) Write(line []byte) (int, error) {
	t.w.note("%s: %s", t.n, bytes.TrimSpace(line))
	return len(line), nil
}

func (traceWriter) Sync() error { return nil }
