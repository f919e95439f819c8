package drive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/ring"
)

// world is a giving node, a taking node, and an etcd, as far as a Mover needs them. It implements Node and Assignments.
type world struct {
	t     *testing.T
	from  *lru.Cache
	log   *replica.Log
	to    *lru.Cache
	taker *move.Taker
	kill  func()            // ends the Mover
	hook  func(step string) // called at each step, from any goroutine

	writes sync.RWMutex // a write holds it for reading, Hold until Release
	gone   atomic.Bool  // the slots are redirected

	mu        sync.Mutex
	a         coordination.Assignment
	epoch     uint64
	term      uint64
	leads     bool
	begun     uint64          // the epoch of the latest BEGIN
	noTaker   map[string]bool // groups without a primary
	silent    error           // etcd does not answer
	commits   func(ctx context.Context, record func() (uint64, error)) (uint64, error)
	held      bool
	suspended *ring.SlotSet
	moved     []string
	removed   []string // moves whose entries were removed
	dones     []string // moves of which the taker was told
	faults    []string
}

var errRefused = errors.New("refused")

func newWorld(t *testing.T, moves ...topology.Move) *world {
	t.Helper()
	w := &world{t: t, hook: func(string) {}, epoch: 1, term: 1, leads: true, noTaker: map[string]bool{}}
	for _, c := range []**lru.Cache{&w.from, &w.to} {
		cache, err := lru.New(lru.Options{MaxMemory: 32 << 20, Shards: 4, NoBackground: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cache.Close() }) //nolint:errcheck // the test is over
		*c = cache
	}
	var err error
	if w.log, err = replica.NewLog(4<<20, 1); err != nil {
		t.Fatal(err)
	}
	w.taker = move.NewTaker(w.to, nil)
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "a"
	}
	w.a = coordination.Assignment{Slots: topology.NewSlots(1, owners), Moves: moves}
	w.commits = func(_ context.Context, record func() (uint64, error)) (uint64, error) { return record() }
	return w
}

// fault notes what must not happen.
func (w *world) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

func (w *world) Assignment() coordination.Assignment {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.a
}

func (w *world) Taker(group string) (coordination.Taker, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return coordination.Taker{Server: topology.Server{ID: group + "1", Group: group}, Epoch: 1}, !w.noTaker[group]
}

// Answers implements Assignments.
func (w *world) Answers(context.Context) error {
	w.hook("answers")
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.silent
}

// Commit implements Assignments.
func (w *world) Commit(ctx context.Context, id string, _ coordination.Taker) (uint64, error) {
	w.mu.Lock()
	if !w.held || w.suspended == nil {
		w.faults = append(w.faults, fmt.Sprintf("a commit while writes are held %v, suspended %v", w.held, w.suspended != nil))
	}
	w.mu.Unlock()
	w.hook("commit")
	return w.commits(ctx, func() (uint64, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		i := slices.IndexFunc(w.a.Moves, func(m topology.Move) bool { return m.ID == id })
		if i < 0 || !w.leads || w.epoch != w.begun {
			return 0, errRefused // it was cancelled, or the group's key in etcd is another one
		}
		m := w.a.Moves[i]
		s := w.a.Slots.After(&m)
		s.Version++
		w.a = coordination.Assignment{Slots: s, Moves: slices.Delete(slices.Clone(w.a.Moves), i, i+1), Removing: append(slices.Clone(w.a.Removing), m)}
		return s.Version, nil
	})
}

func (w *world) Removed(_ context.Context, id string) error {
	w.hook("removed")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed = append(w.removed, id)
	w.a.Removing = slices.DeleteFunc(slices.Clone(w.a.Removing), func(m topology.Move) bool { return m.ID == id })
	return nil
}

func (w *world) Leads() (epoch, term uint64, leads bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch, w.term, w.leads
}

func (w *world) Term() (term uint64, is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.term, w.leads
}

func (w *world) Hold() {
	w.writes.Lock()
	w.mu.Lock()
	w.held = true
	w.mu.Unlock()
	w.hook("hold")
}

func (w *world) Release() {
	w.mu.Lock()
	w.held = false
	w.mu.Unlock()
	w.writes.Unlock()
}

func (w *world) Suspend(slots *ring.SlotSet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.a.Removing {
		if set := m.Ranges.Set(); slots == nil && w.suspended != nil && w.suspended.Overlaps(&set) {
			w.faults = append(w.faults, "slots of another group are answered for again")
		}
	}
	w.suspended = slots
}

func (w *world) Moved(m topology.Move, version uint64) {
	w.hook("moved")
	w.gone.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.suspended = nil
	if w.moved = append(w.moved, m.ID); version > w.a.Slots.Version {
		w.faults = append(w.faults, "moved as of a version that is not there yet")
	}
}

func (w *world) Remove(_ *ring.SlotSet, step func()) error {
	w.hook("remove")
	if !w.gone.Load() {
		w.fault("entries are removed before requests are redirected")
	}
	step()
	return nil
}

func (w *world) Dial(_ context.Context, to topology.Server) (net.Conn, error) {
	w.hook("dial")
	giver, taker := net.Pipe()
	go w.serve(taker)
	return giver, nil
}

// serve is the taker's end of a connection.
func (w *world) serve(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // it ends
	var im *move.Import
	for in := bufio.NewReader(conn); ; {
		r, err := wire.ReadReply(in)
		if err != nil {
			break
		}
		args := r.Texts()
		w.hook(args[2])
		switch args[2] {
		case "BEGIN":
			var slots ring.SlotSet
			epoch, _ := strconv.ParseUint(args[5], 10, 64)
			number, _ := strconv.ParseUint(args[7], 10, 64)
			if slots, err = ring.ParseSlotSet(args[6]); err == nil {
				w.mu.Lock()
				w.begun = epoch
				w.mu.Unlock()
				im, err = w.taker.Begin(args[4], epoch, number, &slots)
			}
			for more := true; more && err == nil; {
				more, err = im.Step(1000)
			}
		case "RECORDS":
			err = im.Records([]byte(args[4]))
		case "CONFIRM":
			_, err = im.Confirm()
		case "DONE":
			w.mu.Lock()
			w.dones = append(w.dones, args[3])
			w.mu.Unlock()
			err = im.Done()
		}
		answer := "+OK\r\n"
		if err != nil {
			answer = fmt.Sprintf("-ERR %v\r\n", err)
		}
		if _, failed := conn.Write([]byte(answer)); failed != nil || err != nil {
			break
		}
	}
	if im != nil {
		im.Close()
	}
}

// run runs Movers, one after another, until all moves are done and their entries removed. It returns the last.
func (w *world) run() (m *Mover) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for left := true; left; {
		m = New(Options{Group: "a", Assignments: w, Node: w, Cache: w.from, Log: w.log})
		running, kill := context.WithCancel(ctx)
		w.mu.Lock()
		w.kill = kill
		w.mu.Unlock()
		ended := make(chan struct{})
		go func() {
			m.Run(running)
			close(ended)
		}()
		for left && running.Err() == nil {
			a := w.Assignment()
			left = len(a.Moves)+len(a.Removing) > 0
			time.Sleep(time.Millisecond)
		}
		kill()
		<-ended
		if ctx.Err() != nil {
			w.t.Fatalf("moves are not done: %+v", m.Status())
		}
	}
	return m
}
