package manage

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

func clusterKeySlot(c *session.Call, _ *session.Cluster) { c.Integer(int64(ring.SlotBytes(c.Arg(2)))) }

func clusterCountKeys(c *session.Call, _ *session.Cluster) {
	slot, ok := wire.ParseInt(c.Arg(2))
	switch {
	case !ok:
		c.Error(reply.NotAnInteger)
	case slot < 0 || slot >= ring.Slots:
		c.Fail("Invalid slot")
	case mayListKeys(c, "cluster|countkeysinslot"):
		c.CountSlot(int(slot))
	}
}

func clusterGetKeys(c *session.Call, _ *session.Cluster) {
	slot, ok := wire.ParseInt(c.Arg(2))
	most, okMost := wire.ParseInt(c.Arg(3))
	switch {
	case !ok || !okMost:
		c.Error(reply.NotAnInteger)
	case slot < 0 || slot >= ring.Slots || most < 0:
		c.Fail("Invalid slot or number of keys")
	case mayListKeys(c, "cluster|getkeysinslot"):
		c.WalkSlot(int(slot), int(most))
	}
}

// mayListKeys reports whether the client may see any key, and the node has them. If not, it answers an error.
func mayListKeys(c *session.Call, to string) bool {
	if c.Node.Loading() {
		c.FailLoading()
		return false
	}
	return c.May(auth.Read, to) && c.MayAllKeys(to)
}
