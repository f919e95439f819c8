//go:build !poll_opt

package reactor

import (
	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// descriptor returns the descriptor of an event of gnet's epoll instance.
func descriptor(ev *unix.EpollEvent) int { return int(ev.Fd) }

// watchedBy returns nil: without the build tag poll_opt, gnet takes each descriptor in its epoll instance for a connection's.
func watchedBy(int, int, func()) *netpoll.PollAttachment { return nil }
