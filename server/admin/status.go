package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

// Member is a server of the config as this node sees it.
type Member struct {
	ID, Group, Role, Address string
	// Error says why the server did not respond; empty if it did.
	Error string `json:",omitempty"`
	// From its response:
	Version      string
	UptimeS      int64 // seconds
	Keys         int64
	UsedBytes    int64
	MaxBytes     int64 // 0: no budget of bytes
	Hits, Misses int64
	OpsPerSecond float64
	Clients      int64
	Evictions    int64
	// LagMS is a secondary's lag behind its primary in milliseconds; -1: unknown.
	LagMS int64
	// LagBytes is the same in bytes of the replication log; -1: unknown.
	LagBytes int64
	// Link is the state of the link between a secondary and its primary, in words; empty for a primary.
	Link string `json:",omitempty"`
	// Epoch is the epoch of the group's primary, as the server knows it; 0: the primary is the config's.
	Epoch int64
	// LostWrites is the number of writes since its start that the server acknowledged as a primary and the group lost.
	LostWrites int64
	Changes    []Change `json:",omitempty"` // of the group's primary, the latest first
	// Slots are those of its group, as of the version of their assignment; -1: without etcd, slots do not move.
	Slots, SlotsVersion int64
	Moves               []Move `json:",omitempty"` // of slots, from its group to others
	// HeldMS is for how many milliseconds the last hand-over of slots held its writes; -1: there was none.
	HeldMS float64
	Curve  *curve.Curve `json:"-"` // what it predicts for other memory; nil: it does not say. The group's has that of all
}

// Status is the JSON of /status, with the names of these fields.
type Status struct {
	At       time.Time
	ID, Role string
	Version  string
	Started  time.Time
	// NotReady says why the node is not ready; empty if it is.
	NotReady    string `json:",omitempty"`
	LoopLagMS   float64
	BufferBytes int64 // in the buffers of all connections
	Memory      struct{ Live, Used, Max int64 }
	Curve       session.Curve // of the hit ratio over memory, as MEMORY CURVE answers it
	Evicting    Evicting
	Commands    []Command
	HotKeys     []session.HotKey `json:",omitempty"`
	SlowLog     []Slow
	Clients     []Client
	Members     []Member
	Groups      []Group
}

// Evicting is how the node chooses what it evicts.
type Evicting struct {
	Policy  string // eviction_policy
	By      string // the policy in use, which is another one if Policy is AUTO
	Window  int    `json:",omitempty"` // of LFU, in percent of the entries
	Back    string `json:",omitempty"` // of LFU: what becomes of a key that left the window lately and is stored again
	Changes int64  // how often AUTO has changed By
}

// Command sums up the calls of a command.
type Command struct {
	Name                    string
	Calls, Failed, Rejected int64
	RejectedFor             map[string]int64 `json:",omitempty"` // by reason
	MeanUS                  float64          // mean time of the sampled calls in microseconds
}

// Slow is an entry of the slow log.
type Slow struct {
	At      time.Time
	TookMS  float64
	Command string // with its keys if Options.ShowKeys
	Client  string
}

// Client is a connection.
type Client struct {
	ID            uint64
	Address       string
	Name, Library string
	AgeS, IdleS   float64
	LastCommand   string
}

// The greatest lengths of the lists.
const (
	shownKeys    = 10
	shownSlow    = 16
	shownClients = 64
)

// membersTimeout bounds the wait for the responses of other servers.
const membersTimeout = time.Second

// status serves the page to a browser, and JSON to others.
func (a *Admin) status(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		a.page(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(a.collect(r.Context()))
}

func (a *Admin) collect(ctx context.Context) *Status {
	r := a.read()
	st := &Status{
		At: time.Now(), ID: r.ID, Role: r.Role, Version: r.Version, Started: r.Started,
		LoopLagMS: float64(r.lag) / float64(time.Millisecond), BufferBytes: a.opts.Server.Stats().Buffered,
	}
	if a.opts.Ready != nil {
		if err := a.opts.Ready(); err != nil {
			st.NotReady = err.Error()
		}
	}
	st.Memory.Live, st.Memory.Used, st.Memory.Max = r.Store.LiveBytes, r.Store.UsedBytes, r.Store.MaxMemory
	st.Curve = a.opts.Node.Curve()
	store := a.opts.Node.Store()
	using := store.Using()
	st.Evicting = Evicting{Policy: store.Policy().String(), By: using.Policy.String(), Window: using.Window, Changes: using.Changes}
	if using.Policy == lru.LFU {
		st.Evicting.Back = using.Back.String()
	}
	for _, c := range r.Commands {
		cmd := Command{Name: c.Name, Calls: c.Calls, Failed: c.Failed, Rejected: c.Rejected, RejectedFor: c.RejectedFor}
		if n := c.Latency.Count(); n > 0 {
			cmd.MeanUS = float64(c.Latency.Sum.Nanoseconds()) / float64(n) / 1000
		}
		st.Commands = append(st.Commands, cmd)
	}
	a.fillLists(st)
	st.Members = a.members(ctx, r, &st.Curve.Curve)
	st.Groups = groupsOf(st.Members)
	return st
}

func (a *Admin) fillLists(st *Status) {
	if a.opts.ShowKeys {
		st.HotKeys = a.opts.Node.HotKeys(shownKeys)
	}
	for _, s := range a.opts.Node.SlowLog().Newest(shownSlow) {
		text := strings.Join(s.Args, " ")
		if !a.opts.ShowKeys && len(s.Args) > 0 {
			text = s.Args[0]
		}
		st.SlowLog = append(st.SlowLog, Slow{At: s.At, TookMS: float64(s.Took) / float64(time.Millisecond), Command: text, Client: s.Client})
	}
	for _, c := range a.opts.Node.Clients(shownClients) {
		st.Clients = append(st.Clients, Client{
			ID: c.ID, Address: c.Remote, Name: c.Name, Library: c.Library,
			AgeS: c.Age.Seconds(), IdleS: c.Idle.Seconds(), LastCommand: c.LastCommand,
		})
	}
}

// members returns all servers of the config; without a config, this node alone, which predicts own.
func (a *Admin) members(ctx context.Context, r *reading, own *curve.Curve) []Member {
	if a.opts.Members != nil {
		ctx, cancel := context.WithTimeout(ctx, membersTimeout)
		defer cancel()
		return a.opts.Members(ctx)
	}
	return []Member{{
		ID: r.ID, Group: r.ID, Role: r.Role, Version: r.Version, UptimeS: int64(time.Since(r.Started).Seconds()),
		Keys: r.Store.Entries, UsedBytes: r.Store.UsedBytes, MaxBytes: r.Store.MaxMemory,
		Hits: r.Store.Hits, Misses: r.Store.Misses, OpsPerSecond: r.PerSecond, Clients: int64(r.Sessions),
		Evictions: r.Store.Evictions, LagMS: -1, LagBytes: -1, Slots: -1, HeldMS: -1, Curve: own,
	}}
}
