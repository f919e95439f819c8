package replica

import "time"

// LinkStatus is what a primary knows of one secondary.
type LinkStatus struct {
	ID    string
	State string // "down", "connecting", "waiting", "full sync", "online", "behind" or "paused"
	// Acked is the offset up to which the secondary has applied the log.
	Acked uint64
	// LagBytes is what it has not applied yet; LagTime how old that is, or how long
	// the last batch took when there is none.
	LagBytes uint64
	LagTime  time.Duration
	// Heard is how long ago it was last heard of.
	Heard time.Duration
}

// PrimaryStatus is what a primary shows of its replication.
type PrimaryStatus struct {
	Serving  bool
	History  History
	Prior    Position
	Offset   uint64
	LogFrom  uint64
	LogSize  int
	Fetching Fetching
	Holding  string   // members that keep it from serving, and what they answer; empty: none
	Took     Position // what its data was taken from; zero: nothing was taken
	Counts   Counts
	Refused  int64 // streams, and attempts to take its data, that it refused
	Links    []LinkStatus
}

// Status tells how the primary and its links are at the time now.
func (p *Primary) Status(now time.Duration) PrimaryStatus {
	st := PrimaryStatus{LogSize: p.opts.Log.Size(), Refused: p.refused.count()}
	end := p.opts.Log.Merge()
	st.LogFrom, st.Offset = p.opts.Log.Bounds()
	for _, l := range p.Links() {
		st.Links = append(st.Links, l.status(now, end))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st.Holding, st.Took = p.holding, p.took
	st.Serving, st.History, st.Prior, st.Counts = p.phase == phaseServing, p.history, p.prior, p.count
	if p.phase == phaseFetching {
		st.Fetching = p.fetching
	}
	return st
}

func (l *Link) status(now time.Duration, end uint64) LinkStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := LinkStatus{ID: l.id, Acked: l.acked.Load(), State: "down"}
	switch l.state {
	case linkDown, linkRetired:
		return st
	case linkDialing, linkGreeting, linkAsked, linkFetching:
		st.State = "connecting"
	case linkStream:
		st.State = l.streamState()
		st.LagBytes = end - min(end, st.Acked)
		st.LagTime = l.currentLag(now)
	}
	st.Heard = now - l.heard
	return st
}

func (l *Link) streamState() string {
	switch {
	case l.sync == syncQueued:
		return "waiting"
	case l.sync != syncNone:
		return "full sync"
	case l.paused.Load():
		return "paused"
	case l.inStep.Load():
		return "online"
	}
	return "behind"
}

// Held is how many bytes the link's buffers take.
func (l *Link) Held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return cap(l.in) + cap(l.out) + cap(l.piece)
}

// SecondaryStatus is what a secondary shows of its replication.
type SecondaryStatus struct {
	Primary  string
	Serving  bool
	Linked   bool // a stream is open
	InStep   bool // and follows the log
	Position Position
	// Heard is how long ago the primary was last heard of; Down how long no stream is
	// open.
	Heard, Down time.Duration
	// Lag is how old what it has not applied is, as the primary last told.
	Lag time.Duration
	// Of a full sync under way: entries there are, and entries and bytes that came.
	Syncing                bool
	Entries, Arrived, Size int64
	Bytes                  int64
	SyncTime               time.Duration
	Counts                 SecondaryCounts
	Refused                int64 // streams, and attempts to take its data, that it refused
}

// Status tells how the secondary is at the time now.
func (s *Secondary) Status(now time.Duration) SecondaryStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := SecondaryStatus{Primary: s.opts.Primary, Serving: s.serving, Position: s.pos, Counts: s.count, Heard: now - s.heard, Lag: s.lag, Refused: s.refused.count()}
	if s.cur == nil {
		st.Down = now - s.lost
		return st
	}
	st.Linked, st.InStep = true, s.cur.state == streamLive
	if p := s.sync; p.active {
		st.Syncing, st.Entries, st.Arrived, st.Size, st.Bytes, st.SyncTime = true, p.entries, p.arrived, p.size, p.bytes, now-p.since
	}
	return st
}
