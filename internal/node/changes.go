package node

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/metric"
)

// changesShown is how many changes of the primary INFO shows, the latest first.
const changesShown = 8

// changes are the latest changes of the group's primary that this node has taken part in or heard of.
func (r *replication) changes() (all []metric.Reading) {
	g, _ := r.topology.Now().GroupOf(r.id)
	changes := r.topology.Changes()
	for i := len(changes) - 1; i >= 0 && len(all) < changesShown; i-- {
		if c := changes[i]; slices.Contains(g.Members(), c.To) { // the group may have had another name
			all = append(all, metric.Reading{Section: "replication", Info: "primary_change" + strconv.Itoa(len(all)),
				Value: fmt.Sprintf("at=%s,epoch=%d,from=%s,to=%s", c.At.UTC().Format(time.RFC3339Nano), c.Epoch, c.From, c.To)})
		}
	}
	return all
}
