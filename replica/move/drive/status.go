package drive

import (
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica/move"
)

// The states of a move.
const (
	waiting     = "waiting"
	copying     = "copying"
	handingOver = "handing over"
	removing    = "removing"
)

// progress is how far the task is that a Mover carries out. Safe for concurrent use.
type progress struct {
	move  topology.Move
	giver *move.Giver // nil: the entries are being removed

	mu      sync.Mutex
	state   string
	since   time.Time // of the state
	part    float64   // of the store, of a removal
	last    move.Progress
	lastAt  time.Time // when last was read
	began   time.Time // when the attempt of last was first seen
	rate    float64
	counted int64 // bytes of attempts before that of last
}

// sampleEvery is the time over which the rate of a move is measured.
const sampleEvery = time.Second

// begin makes a task the one that is being carried out.
func (m *Mover) begin(mv topology.Move, g *move.Giver) *progress {
	now := time.Now()
	p := &progress{move: mv, giver: g, state: copying, since: now, lastAt: now, began: now}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = p
	return p
}

// end ends a task that gives.
func (m *Mover) end(g *giving) {
	sent := g.at.sent()
	m.count(func(s *topology.Giving) { s.Bytes += sent })
	m.endOf(g.at)
}

// endOf ends a task.
func (m *Mover) endOf(p *progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at == p {
		m.at = nil
	}
}

// count changes the totals.
func (m *Mover) count(change func(*topology.Giving)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.status)
}

func (p *progress) set(state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.since = state, time.Now()
}

func (p *progress) walked(part float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.part = part
}

// sample measures the rate, now and then.
func (p *progress) sample(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	is := p.giver.Progress()
	if is.Attempts != p.last.Attempts {
		p.counted += p.last.Bytes
		p.last, p.lastAt, p.began, p.rate = move.Progress{Attempts: is.Attempts}, now, now, 0
	}
	if took := now.Sub(p.lastAt); took >= sampleEvery {
		p.rate = float64(is.Bytes-p.last.Bytes) / took.Seconds()
		p.last, p.lastAt = is, now
	}
}

// sent returns the bytes of all attempts.
func (p *progress) sent() int64 {
	p.sample(time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted + p.giver.Progress().Bytes
}

// read returns the progress.
func (p *progress) read(now time.Time) topology.MoveProgress {
	if p.giver != nil {
		p.sample(now)
	}
	s := described(&p.move)
	p.mu.Lock()
	defer p.mu.Unlock()
	s.State, s.Since, s.Walked = p.state, p.since, p.part
	if p.giver == nil {
		return s
	}
	is := p.giver.Progress()
	s.Walked, s.Bytes, s.Attempts, s.LastError, s.Rate = is.Walked, is.Bytes, is.Attempts, is.LastError, p.rate
	if took := now.Sub(p.began); is.Walked > 0.01 && is.Walked < 1 {
		s.Left = time.Duration(float64(took) * (1 - is.Walked) / is.Walked)
	}
	return s
}

func described(m *topology.Move) topology.MoveProgress {
	return topology.MoveProgress{ID: m.ID, From: m.From, To: m.To, Slots: m.Ranges.Count(), State: waiting}
}

// Status returns the node's part in moves as the giver. Any goroutine may call it.
func (m *Mover) Status() topology.Giving {
	m.mu.Lock()
	s, at := m.status, m.at
	m.mu.Unlock()
	s.Moves = []topology.MoveProgress{}
	current := ""
	if at != nil {
		p := at.read(time.Now())
		current = p.ID
		s.Bytes += p.Bytes
		s.Moves = append(s.Moves, p)
	}
	if _, leads := m.o.Node.Term(); !leads {
		return s
	}
	a := m.o.Assignments.Assignment()
	for _, all := range [][]topology.Move{a.Moves, a.Removing} {
		for _, mv := range all {
			if mv.From == m.o.Group && mv.ID != current {
				s.Moves = append(s.Moves, described(&mv))
			}
		}
	}
	return s
}
