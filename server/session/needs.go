package session

import "strings"

// What a handler needs of its node; see Node.refuse.
const (
	needsWrite uint32 = 1 << iota // to change the store
	needsData                     // the node to have its data
)

func needsOf(flags string) (needs uint32) {
	loading := false
	for _, f := range strings.Fields(flags) {
		switch f {
		case "write":
			needs |= needsWrite
		case "loading":
			loading = true
		}
	}
	if !loading {
		needs |= needsData
	}
	return needs
}

// SetLoading says whether the node still gets its data from others: until then
// only what needs none is executed. Any goroutine may call it.
func (n *Node) SetLoading(loading bool) {
	if loading {
		n.refuse.Or(needsData)
	} else {
		n.refuse.And(^needsData)
	}
}

// loading is 1 while the node gets its data, for INFO.
func (n *Node) loading() int { return int(n.refuse.Load() & needsData / needsData) }

// refused answers a command that needs what the node does not have.
func (c *call) refused(no uint32) {
	text := "READONLY You can't write against a read only replica."
	if no&needsData != 0 {
		text = "LOADING CacheGopher is getting its data from its group"
	}
	if c.line {
		c.lineError(text)
		return
	}
	c.out = append(c.out, '-')
	c.out = append(c.out, text...)
	c.out = append(c.out, '\r', '\n')
}
