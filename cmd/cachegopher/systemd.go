package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	sd "github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/internal/keep"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/node"
)

// This file talks to the service manager that started the node: sd_notify(3), socket activation, the watchdog, the
// journal. Without one, nothing here has an effect.

// statusEvery is the interval at which the status line is computed; it is sent when it has changed.
const statusEvery = time.Second

// managed reports whether a service manager listens.
func managed() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

// notify sends the service manager a state. Sending fails only while the manager is going away.
func notify(state string) { _, _ = sd.SdNotify(false, state) }

// notifyReady says that the node is ready: it serves, and a secondary is in step.
func notifyReady() { notify(sd.SdNotifyReady) }

// notifyStopping says that the node is stopping.
func notifyStopping() { notify(sd.SdNotifyStopping) }

// notifyExtend says that a start or a stop makes progress, and needs extendBy more.
func notifyExtend() { notify(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", extendBy.Microseconds())) }

// notifyReload says that the node is reloading, until the next notifyReady.
func notifyReload() {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/1000))
}

// attend starts everything that a service manager expects of a running node. All of it ends with ctx.
func attend(ctx context.Context, n *node.Node, log *logging.Logger) {
	go func() {
		select {
		case <-n.Ready():
			notifyReady()
		case <-ctx.Done():
		}
	}()
	go guardLoops(ctx, n, log)
	go extendStart(ctx, n.Ready(), n.Recovered, extendEvery)
	go tellStatus(ctx, n.StatusLine)
}

// reload makes n apply changes of its config, and notifies the service manager.
func reload(n *node.Node) error {
	select {
	case <-n.Ready():
		notifyReload()
		defer notifyReady()
	default: // still starting: the manager would mistake the READY that ends a reload for the end of the start
	}
	return n.Reload()
}

// stateFolder returns the folder that the service manager has made for what survives the process; empty: none.
func stateFolder() string {
	return firstFolder("STATE_DIRECTORY", "RUNTIME_DIRECTORY")
}

// firstFolder returns the first folder in the first of these environment variables that has one; empty: none.
func firstFolder(variables ...string) string {
	for _, name := range variables {
		if first, _, _ := strings.Cut(os.Getenv(name), ":"); first != "" {
			return first
		}
	}
	return ""
}

// inherited returns what the service manager has passed on: the listeners that it has opened for the node (socket activation),
// and the memory that an earlier process has stored there.
func inherited() ([]net.Listener, keep.Manager, error) {
	var listeners []net.Listener
	var stored keep.Manager
	if managed() {
		stored.Notify = notifyWith
	}
	for _, f := range activation.Files(true) {
		if strings.HasPrefix(f.Name(), keep.Prefix) {
			stored.Left = append(stored.Left, f)
			continue
		}
		l, err := net.FileListener(f)
		if err != nil {
			return nil, stored, fmt.Errorf("take over sockets from the service manager: descriptor %d is not a listening socket", f.Fd())
		}
		f.Close() //nolint:errcheck // l has a duplicate
		listeners = append(listeners, l)
	}
	return listeners, stored, nil
}

// notifyWith sends the service manager a state with a file, unless that is nil.
func notifyWith(state string, f *os.File) error {
	if f == nil {
		_, err := sd.SdNotify(false, state)
		return err
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket) //nolint:errcheck // the message is sent
	return unix.Sendmsg(socket, []byte(state), unix.UnixRights(int(f.Fd())), &unix.SockaddrUnix{Name: os.Getenv("NOTIFY_SOCKET")}, 0)
}

// checker is what the watchdog needs of a node.
type checker interface {
	CheckLoops(context.Context) error
}

// guardLoops notifies the service manager's watchdog, if it is on, while every event loop turns. The manager restarts a node
// with a stuck loop.
func guardLoops(ctx context.Context, loops checker, log *logging.Logger) {
	limit, err := sd.SdWatchdogEnabled(false)
	if err != nil || limit == 0 {
		return
	}
	tick := time.NewTicker(limit / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			check, cancel := context.WithTimeout(ctx, limit/3)
			err := loops.CheckLoops(check)
			cancel()
			if err == nil {
				notify(sd.SdNotifyWatchdog)
			} else if ctx.Err() == nil {
				log.Error("not notifying the watchdog", zap.Error(err))
			}
		}
	}
}

// tellStatus sends the service manager the line that status returns whenever it has changed.
func tellStatus(ctx context.Context, status func() string) {
	if !managed() {
		return
	}
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for sent := ""; ; {
		if line := status(); line != sent {
			notify("STATUS=" + line)
			sent = line
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// toJournal reports whether the journal reads f; lines then carry priorities.
func toJournal(f *os.File) bool {
	var dev, ino uint64
	if _, err := fmt.Sscanf(os.Getenv("JOURNAL_STREAM"), "%d:%d", &dev, &ino); err != nil {
		return false
	}
	var st unix.Stat_t
	// The type of Dev differs between systems.
	return unix.Fstat(int(f.Fd()), &st) == nil && uint64(st.Dev) == dev && st.Ino == ino
}
