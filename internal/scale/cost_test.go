package scale

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// BenchmarkChange measures what a node and a client compute at a change of the topology.
func BenchmarkChange(b *testing.B) {
	for _, groups := range []int{33, 333} {
		for _, p := range placements[1:] {
			top := cluster(groups)
			top.Slots = p.of(top)
			document := encoded(b, top)
			stored := encoded(b, top.Slots)
			for name, do := range map[string]func() error{
				"node/read the stored value": func() error { return json.Unmarshal(stored, new(topology.Slots)) },
				"node/write the document":    func() error { _, err := json.Marshal(top); return err },
				"node/owners and ranges":     func() error { clusterOf(b, top); return nil },
				"client/read the document":   func() error { return json.Unmarshal(document, new(topology.Topology)) },
				"client/merge": func() error {
					topology.Merge(top, top)
					return nil
				},
			} {
				b.Run(fmt.Sprintf("%s/%d nodes, %s", name, 3*groups, p.name), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := do(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
