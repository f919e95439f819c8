package node

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// statusLine sums up a node, as in "primary, 1.2M keys, 2/2 secondaries, lag 3 ms, 80.0MB". r may be nil.
func statusLine(st lru.Stats, r *replication) string {
	role, group := config.Primary, ""
	if r != nil {
		switch p, s := r.member.Part(); {
		case p != nil:
			group = primaryLine(p.Status(r.now()))
		case s != nil:
			role, group = config.Secondary, secondaryLine(s.Status(r.now()))
		}
	}
	return fmt.Sprintf("%s, %s keys%s, %s", role, shortCount(st.Entries), group, shortCount(st.UsedBytes)+"B")
}

// primaryLine says how many secondaries are online, and the longest lag among them.
func primaryLine(st replica.PrimaryStatus) string {
	if !st.Serving {
		return fmt.Sprintf(", recovering %s%%", percent(st.Fetching.Arrived, st.Fetching.Entries))
	}
	online, lag := 0, time.Duration(0)
	for _, l := range st.Links {
		if l.State == "online" {
			online++
			lag = max(lag, l.LagTime)
		}
	}
	line := fmt.Sprintf(", %d/%d secondaries", online, len(st.Links))
	if online > 0 {
		line += fmt.Sprintf(", lag %d ms", lag.Milliseconds())
	}
	return line
}

func secondaryLine(st replica.SecondaryStatus) string {
	switch {
	case st.Syncing:
		return fmt.Sprintf(", full sync with %s %s%%", st.Primary, percent(st.Arrived, st.Entries))
	case st.InStep:
		return fmt.Sprintf(", in step with %s, lag %d ms", st.Primary, st.Lag.Milliseconds())
	case st.Linked:
		return ", catching up with " + st.Primary
	}
	return fmt.Sprintf(", without primary %s for %v", st.Primary, st.Down.Round(time.Second))
}

// shortCount writes n with at most three digits before its unit, as in 1.2M.
func shortCount(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f%s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return strconv.FormatInt(n, 10)
}
