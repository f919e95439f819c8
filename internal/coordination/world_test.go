package coordination

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"google.golang.org/grpc"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// world is a group of members that are not real, with a real etcd.
type world struct {
	t     *testing.T
	etcd  *etcdtest.Server
	start time.Time
	conf  config.Coordination

	log      *zap.Logger                 // nil: the test's
	password string                      // of conf.User
	holding  atomic.Int64                // entries of each store
	calls    grpc.UnaryClientInterceptor // of the members that are started from now on; nil: none

	mu    sync.Mutex
	nodes map[string]*fake
	acks  map[uint64]string // who acknowledged in an epoch
}

// fake is a member that holds no data but an offset.
type fake struct {
	w    *world
	id   string
	c    *Coordinator
	stop func()

	// w.mu guards these.
	up, leads, cut bool
	renounces      bool // it does not confirm that it follows
	epoch          uint64
	primary        string
	offset         uint64
	heard          time.Time
	fence          time.Duration
	topology       *topology.Topology
	published      int      // topologies
	refused        []string // the groups that there are, and its own is none
	serves         bool
}

func newWorld(t *testing.T, ids ...string) *world {
	w := worldOf(t, etcdtest.Start(t, "-quota", "8000000"))
	w.bear()
	for _, id := range ids {
		w.add(id, 0)
	}
	return w
}

// bear has the members that are added from now on bear a machine that stands still for seconds, without a change of primary.
func (w *world) bear() { w.conf.FailoverAfter = 5 * time.Second }

// worldOf returns a world without members, whose etcd has the given members.
func worldOf(t *testing.T, etcd ...*etcdtest.Server) *world {
	w := &world{t: t, etcd: etcd[0], start: time.Now(), nodes: map[string]*fake{}, acks: map[uint64]string{}}
	w.conf = config.Coordination{Cluster: "test", FailoverAfter: 2 * time.Second, WithoutEtcd: config.WithoutEtcdFailsafe, ForgetAfter: time.Hour}
	for _, s := range etcd {
		w.conf.Etcd = append(w.conf.Etcd, s.Endpoint)
	}
	return w
}

func (w *world) topology(ids ...string) *topology.Topology {
	t := &topology.Topology{Groups: []topology.Group{{Name: "a", Leader: "a", Followers: []string{"b", "c"}}}}
	for _, id := range ids {
		t.Servers = append(t.Servers, topology.Server{ID: id, Group: "a", Addresses: []string{id + ":1"}})
	}
	return t
}

// add starts a member.
func (w *world) add(id string, offset uint64) *fake {
	w.t.Helper()
	f := &fake{w: w, id: id, up: true, offset: offset}
	conf := w.topology("a", "b", "c")
	self, inConfig := conf.Server(id)
	if !inConfig {
		self = topology.Server{ID: id, Group: "a", Addresses: []string{id + ":1"}}
	}
	w.launch(f, self, conf, !inConfig)
	w.mu.Lock()
	w.nodes[id] = f
	w.mu.Unlock()
	return f
}

// twin starts a second node of an id.
func (w *world) twin(id, address string) *fake {
	w.t.Helper()
	f := &fake{w: w, id: id, up: true}
	w.launch(f, topology.Server{ID: id, Group: "a", Addresses: []string{address}}, w.topology("a", "b", "c"), false)
	return f
}

func (w *world) launch(f *fake, self topology.Server, conf *topology.Topology, joined bool) {
	w.t.Helper()
	log := w.log
	if log == nil {
		log = zaptest.NewLogger(w.t).Named(f.id)
	}
	settings := w.conf
	if w.password != "" {
		settings.PasswordFile = filepath.Join(w.t.TempDir(), "password")
		if err := os.WriteFile(settings.PasswordFile, []byte(w.password), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	f.c, err = New(Options{
		Coordination: settings, Self: self, Joined: joined, Config: conf, Version: "test", Beat: 500 * time.Millisecond, Member: f, State: f.state,
		Run: "run of " + f.id, Dial: func(_ context.Context, to topology.Server, run string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			if run != "run of "+to.ID {
				w.t.Errorf("%s is asked for %q", to.ID, run)
			}
			if n := w.nodes[to.ID]; n == nil || !n.up {
				return &RefusedError{errors.New("nobody listens")}
			}
			return nil
		},
		Cut: func(is bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if f.linked() {
				f.heard = time.Now()
			}
			f.cut = is
		},
		Entries: w.holding.Load,
		Changed: func(t *topology.Topology) {
			w.mu.Lock()
			defer w.mu.Unlock()
			f.topology = t
			f.published++
		},
		NoGroup: func(groups []string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			f.refused = groups
		},
		Alone: func(is bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			f.serves = is
		},
		Logger: log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.calls != nil {
		f.c.settings.DialOptions = append(f.c.settings.DialOptions, grpc.WithChainUnaryInterceptor(w.calls))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); f.c.Run(ctx) }()
	f.stop = func() { cancel(); <-ended }
	w.t.Cleanup(f.stop)
}

// kill ends a member as kill -9 does.
func (f *fake) kill() {
	f.w.mu.Lock()
	f.up = false
	var others []*fake
	for _, o := range f.w.nodes {
		if o != f {
			others = append(others, o)
		}
	}
	f.w.mu.Unlock()
	f.stop()
	for _, o := range others {
		o.c.StreamEnded()
	}
}

// linked REQUIRES w.mu.
func (f *fake) linked() bool {
	p := f.w.nodes[f.primary]
	return !f.leads && !f.cut && p != nil && p.up && p.leads && p.epoch == f.epoch
}

func (f *fake) state() State {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	s := State{Leads: f.leads, Position: replica.Position{Complete: f.offset > 0, Offset: f.offset}, Linked: f.linked()}
	if s.Linked {
		f.heard = time.Now()
	}
	s.Heard = time.Since(f.heard)
	return s
}

func (f *fake) Lead(epoch uint64, _ string, _ []string) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	if epoch < f.epoch || epoch == f.epoch && f.primary != f.id && f.primary != "" {
		return replica.ErrStaleEpoch
	}
	f.leads, f.epoch, f.primary = true, epoch, f.id
	return nil
}

func (f *fake) Follow(epoch uint64, _, primary string, _ []string) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	if epoch < f.epoch {
		return replica.ErrStaleEpoch
	}
	for _, n := range f.w.nodes { // as a member that starts asks the others
		if n != f && n.up && n.epoch > epoch {
			epoch, primary = n.epoch, n.primary
		}
	}
	f.leads, f.epoch, f.primary = false, epoch, primary
	return nil
}

func (f *fake) Leadership() (uint64, string) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	return f.epoch, f.primary
}

func (f *fake) HandOver(to string, done func(error)) {
	f.w.mu.Lock()
	epoch := f.epoch
	for id, n := range f.w.nodes {
		if to == "" && n != f && n.up {
			to = id
		}
	}
	f.w.mu.Unlock()
	next, err := f.c.Transfer(epoch, to)
	if err == nil {
		err = f.Follow(next, "a", to, nil)
	}
	done(err)
}

func (f *fake) Fence(until time.Duration) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.fence = until
}

func (f *fake) Elapsed() time.Duration { return time.Since(f.w.start) }

func (f *fake) Following(time.Duration) (n replica.Following) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	for id, o := range f.w.nodes {
		if id == f.id {
			continue
		}
		n.All++
		if o.up && o.linked() && o.primary == f.id {
			n.Connected++
			if !o.renounces {
				n.Confirm++
			}
		}
	}
	return n
}

func (f *fake) Confirm(is bool) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.renounces = !is
}

// followed reports whether all others confirm that they follow this member.
func (f *fake) followed() bool { n := f.Following(0); return n.Confirm == n.All }

// writable reports whether the member acknowledges writes, and fails the test if two do so in one epoch.
func (f *fake) writable() bool {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	is := f.up && f.leads && (f.fence == 0 || time.Since(f.w.start) < f.fence)
	if is {
		if other := f.w.acks[f.epoch]; other != "" && other != f.id {
			f.w.t.Errorf("%s and %s acknowledge in epoch %d", other, f.id, f.epoch)
		}
		f.w.acks[f.epoch] = f.id
	}
	return is
}

// eventually waits for a condition.
func (w *world) eventually(what string, holds func() bool) time.Duration {
	w.t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > patience {
			w.t.Fatalf("not in %v: %s\n%s", patience, what, w)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(began)
}

// leader waits until one member is writable, and returns it.
func (w *world) leader() (leader *fake) {
	w.t.Helper()
	w.eventually("somebody takes writes", func() bool {
		for _, f := range w.all() {
			if f.writable() {
				leader = f
			}
		}
		return leader != nil
	})
	return leader
}

func (w *world) all() (all []*fake) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.nodes {
		all = append(all, f)
	}
	return all
}

func (w *world) String() (text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, f := range w.nodes {
		text += fmt.Sprintf("%s: up %v leads %v epoch %d primary %s fence %v\n", id, f.up, f.leads, f.epoch, f.primary, f.fence)
	}
	return text
}

// settled waits until the config's primary leads and the others follow.
func (w *world) settled() *fake {
	w.t.Helper()
	l := w.leader()
	w.eventually("all follow", func() bool { return l.followed() && l.c.Status().Members == len(w.all()) })
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.nodes {
		f.offset = max(f.offset, 100)
	}
	return l
}
