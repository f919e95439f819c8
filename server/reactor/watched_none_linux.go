//go:build !poll_opt

package reactor

import "github.com/panjf2000/gnet/v2/pkg/netpoll"

// watchedBy returns nil: without the build tag poll_opt, gnet takes each descriptor in its epoll instance for a connection's.
func watchedBy(int, int, func()) *netpoll.PollAttachment { return nil }
