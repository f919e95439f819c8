//go:build linux

package failover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

const (
	deadline = 5 * time.Second        // of a request; longer than any change of primary
	tick     = time.Millisecond       // requests become due at each tick
	backIn   = 10 * time.Second       // time within which writes must succeed again
	bucket   = 20 * time.Millisecond  // of the time line
	around   = 100 * time.Millisecond // before the fault: writes due from then on may be affected
	asked    = 500                    // keys read in one call at the end
)

// sample is one request.
type sample struct {
	due   time.Time
	took  time.Duration
	write bool
	err   error
}

// load sends requests at a fixed rate, whether or not earlier ones have ended.
type load struct {
	client *client.Client
	cancel context.CancelFunc
	done   chan struct{}
	work   sync.WaitGroup
	began  time.Time
	prefix string // of the keys

	mu      sync.Mutex
	samples []sample
	fault   time.Time // when it began; zero: not yet
	effect  time.Time // when it had taken effect: a signal takes time
	back    time.Time // end of the first successful write that began after effect
	acked   []string  // keys of acknowledged writes; each write has its own key, so that none hides another's loss
}

func startLoad(config string, rate int) (*load, error) {
	c, err := client.New(client.WithConfigFile(config))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Now()
	l := &load{client: c, cancel: cancel, done: make(chan struct{}), began: began, prefix: fmt.Sprintf("failover:%d:", began.UnixNano())}
	go l.run(ctx, rate)
	return l, nil
}

// run sends the requests due at each tick.
func (l *load) run(ctx context.Context, rate int) {
	defer close(l.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for issued := 0; ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for due := int(now.Sub(l.began).Seconds() * float64(rate)); issued < due; issued++ {
				when := l.began.Add(time.Duration(float64(issued) / float64(rate) * 1e9))
				l.work.Add(1)
				go l.request(issued, when)
			}
		}
	}
}

// request writes a new key, or reads one written earlier.
func (l *load) request(n int, due time.Time) {
	defer l.work.Done()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	began, key := time.Now(), fmt.Sprint(l.prefix, n/2*2)
	if n%2 == 1 {
		_, err := l.client.Get(ctx, key)
		if errors.Is(err, client.ErrNotFound) {
			err = nil // its write is still in flight
		}
		l.record(sample{due: due, took: time.Since(due), err: err}, began, "")
		return
	}
	err := l.client.Set(ctx, key, []byte(key), client.Idempotent())
	l.record(sample{due: due, took: time.Since(due), write: true, err: err}, began, key)
}

// record keeps a sample; key is the key written, empty for a read.
func (l *load) record(s sample, began time.Time, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.samples = append(l.samples, s)
	if s.write && s.err == nil {
		l.acked = append(l.acked, key)
	}
	if s.write && s.err == nil && !l.effect.IsZero() && l.back.IsZero() && began.After(l.effect) {
		l.back = s.due.Add(s.took)
	}
}

// during causes the fault. Writes count from the beginning of a planned fault, and from the end of any other.
func (l *load) during(planned bool, do func() error) error {
	l.note(&l.fault)
	if planned {
		l.note(&l.effect)
		return do()
	}
	err := do()
	l.note(&l.effect)
	return err
}

func (l *load) note(at *time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*at = time.Now()
}

// untilBack waits until a write that began after the fault has succeeded.
func (l *load) untilBack(ctx context.Context) error {
	return nodeprocess.Await(ctx, backIn, 10*time.Millisecond, func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.back.IsZero() {
			return errors.New("no write has succeeded since the fault")
		}
		return nil
	})
}

// stop sends no more requests and waits for those in flight. It may be called twice.
func (l *load) stop() {
	l.cancel()
	<-l.done
	l.work.Wait()
}

// outcome returns what clients saw. REQUIRES stop.
func (l *load) outcome() Outcome {
	o := Outcome{Back: l.back.Sub(l.fault), Requests: len(l.samples)}
	for _, s := range l.samples {
		if s.err != nil {
			o.Failed++
		}
		if s.write && s.due.After(l.fault.Add(-around)) {
			o.Longest = max(o.Longest, s.took)
		}
	}
	return o
}

// lost counts the acknowledged writes that the group no longer has, and closes the client. REQUIRES stop.
func (l *load) lost(ctx context.Context) (n int, err error) {
	defer l.client.Close() //nolint:errcheck // nothing is in flight
	for keys := range slices.Chunk(l.acked, asked) {
		values, err := l.client.GetMany(ctx, keys, client.FromPrimary())
		if err != nil {
			return n, fmt.Errorf("reading back the written keys: %w", err)
		}
		for i, v := range values {
			switch {
			case errors.Is(v.Err, client.ErrNotFound):
				n++
			case v.Err != nil:
				return n, fmt.Errorf("reading back the written keys: %w", v.Err)
			case string(v.Value) != keys[i]:
				return n, fmt.Errorf("key %s has the value %.100q", keys[i], v.Value)
			}
		}
	}
	return n, nil
}
