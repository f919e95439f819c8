package replica

import "time"

// LinkStatus describes one secondary as its primary knows it.
type LinkStatus struct {
	ID    string
	State string // "down", "connecting", "waiting", "full sync", "online", "behind" or "paused"
	// Acked is the offset up to which the secondary has applied the log.
	Acked uint64
	// LagBytes is the length of the log that it has not applied. LagTime is the age of
	// that part, or, if there is none, the time from the last batch to its ack.
	LagBytes uint64
	LagTime  time.Duration
	// Heard is the time since something last came from the secondary.
	Heard time.Duration
}

// PrimaryStatus describes a primary and its links.
type PrimaryStatus struct {
	Serving  bool
	History  History
	Prior    Position
	Offset   uint64
	LogFrom  uint64
	LogSize  int
	Fetching Fetching
	Holding  string   // members that keep it from serving, and their answers; empty: none
	Took     Position // position of the secondary whose data it took; zero: nothing was taken
	Counts   Counts
	Refused  int64 // requests for a stream or for its data that it refused
	Links    []LinkStatus
}

// Status returns the status of the primary and its links at the time now.
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
	case linkSending:
		st.State = l.sendState()
		st.LagBytes = end - min(end, st.Acked)
		st.LagTime = l.currentLag(now)
	}
	st.Heard = now - l.heard
	return st
}

func (l *Link) sendState() string {
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

// Held returns the size of the link's buffers in bytes.
func (l *Link) Held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return cap(l.in) + cap(l.out) + cap(l.piece)
}

// SecondaryStatus describes a secondary.
type SecondaryStatus struct {
	Primary  string
	Serving  bool
	Linked   bool // a stream is open
	InStep   bool // the stream is open and follows the log
	Position Position
	// Heard is the time since something last came from the primary; Down is the time
	// since the last stream ended, 0 while one is open.
	Heard, Down time.Duration
	// Lag is the age of the records that it has not applied, from the primary's last heartbeat.
	Lag time.Duration
	// Ahead is how far this node's time of day is ahead of the primary's; 0: by less than a second, or it is not known.
	Ahead time.Duration
	// While a full sync is under way: Entries and Size are the primary's entries and bytes, Arrived and Bytes have come.
	Syncing                bool
	Entries, Arrived, Size int64
	Bytes                  int64
	SyncTime               time.Duration
	Counts                 SecondaryCounts
	Refused                int64 // requests for a stream or for its data that it refused
}

// Status returns the status of the secondary at the time now.
func (s *Secondary) Status(now time.Duration) SecondaryStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := SecondaryStatus{
		Primary: s.opts.Primary, Serving: s.serving, Position: s.pos, Counts: s.count,
		Heard: now - s.heard, Lag: s.lag, Refused: s.refused.count(),
	}
	if s.cur == nil {
		st.Down = now - s.lost
		return st
	}
	st.Linked, st.InStep, st.Ahead = true, s.cur.state == streamLive, s.cur.skew.ahead()
	if p := s.sync; p.active {
		st.Syncing, st.Entries, st.Arrived, st.Size, st.Bytes, st.SyncTime = true, p.entries, p.arrived, p.size, p.bytes, now-p.since
	}
	return st
}
