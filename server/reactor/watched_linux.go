//go:build poll_opt

package reactor

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// descriptor returns the descriptor of an event of gnet's epoll instance.
func descriptor(ev *unix.EpollEvent) int {
	at := (**netpoll.PollAttachment)(unsafe.Pointer(&ev.Fd)) // gnet, or the writability, keeps it until the descriptor is closed
	return (*at).FD
}

// watchedBy makes gnet call fn on the goroutine of a loop, whose epoll instance poller is, while fd is readable. With the
// build tag poll_opt, an event of gnet's epoll instance holds the address of what gnet is to call. The caller must keep what
// watchedBy returns until the loop has ended, and fd open; nil: gnet does not call fn.
func watchedBy(poller, fd int, fn func()) *netpoll.PollAttachment {
	a := &netpoll.PollAttachment{FD: fd, Callback: func(int, netpoll.IOEvent, netpoll.IOFlags) error {
		fn()
		return nil
	}}
	ev := unix.EpollEvent{Events: unix.EPOLLIN}
	at := (*[8]byte)(unsafe.Pointer(&ev.Fd)) // epoll_data, which Fd and Pad are together
	binary.NativeEndian.PutUint64(at[:], uint64(uintptr(unsafe.Pointer(a))))
	err := unix.EpollCtl(poller, unix.EPOLL_CTL_ADD, fd, &ev)
	runtime.KeepAlive(a)
	if err != nil {
		return nil
	}
	return a
}
