package reactor

import (
	"fmt"
	"os"
	"strings"
)

// findPoller finds the epoll instance in which gnet has registered the receiving end of the loop's wake-up descriptor, and the
// eventfd of gnet's queue, the only other descriptor there yet.
func (l *Loop) findPoller(wakeup int) error {
	const fds, infos = "/proc/self/fd/", "/proc/self/fdinfo/"
	all, err := os.ReadDir(fds)
	if err != nil {
		return fmt.Errorf("find gnet's epoll instance: %w", err)
	}
	for _, entry := range all {
		if target, _ := os.Readlink(fds + entry.Name()); target != "anon_inode:[eventpoll]" {
			continue
		}
		info, err := os.ReadFile(infos + entry.Name())
		if err != nil {
			continue
		}
		queue, found := otherTarget(string(info), wakeup)
		if !found {
			continue
		}
		s := &l.inside
		if _, err := fmt.Sscan(entry.Name(), &s.poller); err != nil {
			return fmt.Errorf("find gnet's epoll instance: %w", err)
		}
		s.wakeup, s.queue = wakeup, queue
		return nil
	}
	return fmt.Errorf("find gnet's epoll instance: none has descriptor %d", wakeup)
}

// otherTarget returns the other descriptor of an epoll instance that has fd and one more. info is what the kernel says of the
// instance.
func otherTarget(info string, fd int) (other int, ok bool) {
	others, has := 0, false
	for line := range strings.Lines(info) {
		var target int
		if _, err := fmt.Sscanf(line, "tfd: %d", &target); err != nil {
			continue
		}
		if target == fd {
			has = true
			continue
		}
		other = target
		others++
	}
	return other, has && others == 1
}
