package node

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// differencesTimeout bounds the wait for the members of the config that are asked who leads.
const differencesTimeout = time.Second

// Differences asks the running servers of the config who leads, and says for each group how the config differs. Servers
// that do not answer within a second are left out. It needs a config that CheckConfig accepts.
func (s *Setup) Differences(ctx context.Context) (all []string) {
	if len(s.File.Servers) < 2 {
		return nil // nobody else can lead
	}
	sec, err := newSecurity(s, zap.NewNop())
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, differencesTimeout)
	defer cancel()
	own := topology.Of(s.File)
	now := own
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, member := range own.Servers {
		wg.Go(func() {
			document, err := sec.inquire(ctx, member, "TOPOLOGY")
			told := new(topology.Topology)
			if err != nil || json.Unmarshal([]byte(document), told) != nil {
				return
			}
			mu.Lock()
			now = topology.Merge(now, told)
			mu.Unlock()
		})
	}
	wg.Wait()
	for _, g := range own.Groups {
		if is, ok := now.GroupOf(g.Leader); ok && is.Leader != g.Leader {
			all = append(all, fmt.Sprintf("group %s: the config names %s as the primary, but its members follow %s since epoch %d; a node that starts ignores the config's roles. "+
				"PROMOTE changes the primary; cachegopher-cli TOPOLOGY --config prints a config with the present roles", g.Name, g.Leader, is.Leader, is.Epoch))
		}
	}
	return all
}
