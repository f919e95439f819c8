package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/localreads"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/reactor"
)

// localReads lets clients of this machine read the store's memory. It implements session.LocalReads. It is nil for a node
// that does not.
type localReads struct {
	*localreads.Broker
	*localreads.Board
	now    func() int64 // the store's clock
	folder string       // made for the socket, and removed at the end; empty: none

	mu      sync.Mutex
	stop    context.CancelFunc // of tick; nil until a client asks for the memory
	ticking sync.WaitGroup
	closed  bool
}

// clockEvery is how often the board gets the time. Readers see an entry expire that much late.
const clockEvery = 5 * time.Millisecond

var (
	errMemoryAsked = errors.New("too many clients ask for the memory at once")
)

// newLocalReads returns nil if the config does not ask for local reads, or, with a warning, if the system has none.
func newLocalReads(s *Setup, store *lru.Cache, log *zap.Logger) (l *localReads, err error) {
	switch {
	case !s.Node.LocalReads:
		return nil, nil
	case !lru.CanShare:
		log.Warn("local_reads has no effect in this build or on this system: clients ask the node")
		return nil, nil
	}
	board, err := localreads.NewBoard()
	if err != nil {
		return nil, fmt.Errorf("local reads: %w", err)
	}
	l = &localReads{Board: board, now: store.Shards().Now}
	listener, err := l.listen(s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("local reads: %w", err), l.removeFolder(), board.Close())
	}
	l.Broker = localreads.NewBroker(listener, board, func() (*os.File, error) { return sharedFile(store) })
	return l, nil
}

// Grant is that of the Broker. The first one has the clock run.
func (l *localReads) Grant(fd int) (path, token string, err error) {
	path, token, err = l.Broker.Grant(fd)
	if errors.Is(err, localreads.ErrBusy) {
		err = errMemoryAsked
	}
	if err == nil {
		l.startClock()
	}
	return path, token, err
}

// startClock sets the board's clock, and has it run from now on, unless l is closed.
func (l *localReads) startClock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.SetClock(l.now())
	if l.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		l.stop = stop
		l.ticking.Go(func() { l.tick(ctx) })
	}
}

// stopClock returns once nobody sets the clock any more.
func (l *localReads) stopClock() {
	l.mu.Lock()
	l.closed = true
	if l.stop != nil {
		l.stop()
	}
	l.mu.Unlock()
	l.ticking.Wait()
}

// newTableFile makes the file of a table of the store, where nothing keeps it beyond the process.
func newTableFile(bytes int64) (*os.File, error) { return localreads.NewMemory("cachegopher", bytes) }

// sharedFile is the file of the store's current table.
func sharedFile(store *lru.Cache) (*os.File, error) {
	if f := store.SharedFile(); f != nil {
		return f, nil
	}
	return nil, lru.ErrClosed
}

// tick keeps the board's clock up until ctx is done.
func (l *localReads) tick(ctx context.Context) {
	ticks := time.NewTicker(clockEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			l.SetClock(l.now())
		case <-ctx.Done():
			return
		}
	}
}

// listen opens the socket at which clients get the memory.
func (l *localReads) listen(s *Setup) (*net.UnixListener, error) {
	path, err := l.path(s)
	if err != nil {
		return nil, err
	}
	mode := s.Node.UnixSocketMode
	if mode == 0 {
		mode = 0o600
	}
	listener, err := reactor.Listen("unix://"+path, mode)
	if err != nil {
		return nil, err
	}
	return listener.(*net.UnixListener), nil
}

// path is where that socket is: beside the node's first unix socket, else in the service manager's folder, else in a new one.
func (l *localReads) path(s *Setup) (string, error) {
	for _, a := range s.Node.Addresses {
		if path, ok := strings.CutPrefix(a, "unix://"); ok {
			return path + ".memory", nil
		}
	}
	if s.StateFolder != "" {
		return filepath.Join(s.StateFolder, s.Node.ID+".memory"), nil
	}
	folder, err := makeFolder()
	l.folder = folder
	return filepath.Join(folder, s.Node.ID+".memory"), err
}

func (l *localReads) removeFolder() error {
	if l.folder == "" {
		return nil
	}
	return os.Remove(l.folder)
}

// close tells readers that the memory may not be read any more.
func (l *localReads) close() error {
	if l == nil {
		return nil
	}
	l.SetServing(false)
	l.stopClock()
	return errors.Join(l.Broker.Close(), l.removeFolder(), l.Board.Close())
}
