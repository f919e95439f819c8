//go:build !linux

package reactor

import "github.com/panjf2000/gnet/v2"

// lone has no use: only Linux tells a process what its epoll instances watch.
type lone struct{}

func (*Loop) serveLone(*Conn) gnet.Action { return gnet.None }
func (*Loop) busy()                       {}
func (*Loop) findPoller(int) error        { return nil }
func (*Reactor) queueing() (done func())  { return func() {} }
