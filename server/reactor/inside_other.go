//go:build !linux

package reactor

// inside has no use: only Linux tells a process what its epoll instances watch.
type inside struct{}

func (*inside) add(*Conn, int)           {}
func (*inside) remove(int)               {}
func (*Loop) stay()                      {}
func (l *Loop) again(c *Conn)            { l.post(c) }
func (*Loop) findPoller(int) error       { return nil }
func (*Reactor) queueing() (done func()) { return func() {} }
