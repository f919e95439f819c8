package coordination

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestTrafficOfChange bounds what etcd sends to every node of the cluster in a change of primary, and how many topologies a node
// publishes then: docs/notes/scale.md goes by it.
func TestTrafficOfChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fake){"death": (*fake).kill, "leave": func(f *fake) { f.c.Leave() }} {
		w := newWorld(t, "a", "b", "c")
		a := w.settled()
		changes := w.client().Watch(t.Context(), keysOf("test").prefix, clientv3.WithPrefix(), clientv3.WithCreatedNotify())
		<-changes
		before := w.published("c")
		change(a)
		w.leader()
		messages, events, bytes := 0, 0, 0
		for quiet := false; !quiet; {
			select {
			case r := <-changes:
				messages++
				events += len(r.Events)
				for _, e := range r.Events {
					bytes += len(e.Kv.Key) + len(e.Kv.Value)
				}
			case <-time.After(2 * time.Second):
				quiet = true
			}
		}
		published := w.published("c") - before
		t.Logf("%s: %d messages, %d events, %d bytes, %d topologies", name, messages, events, bytes, published)
		if events == 0 || messages > 12 || bytes > 2000 || published == 0 || published > 6 {
			t.Errorf("%s: etcd sends each node %d messages of %d bytes with %d events, and a node publishes %d topologies; want at most 12 of 2000, and 6",
				name, messages, bytes, events, published)
		}
	}
}

// published returns how many topologies a member has published.
func (w *world) published(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nodes[id].published
}
