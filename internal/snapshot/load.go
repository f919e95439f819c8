package snapshot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cachegopher/cachegopher/internal/dump"
	"github.com/cachegopher/cachegopher/lru"
)

// Loaded says what was read.
type Loaded struct {
	Entries int64     // stored; some may have been evicted since
	Expired int64     // left out, since they have expired
	Refused int64     // left out, since the store has no memory for them
	Lost    int64     // in damaged parts of the file, as far as its end says; -1: the end is missing
	Written time.Time // when the file was written
	Took    time.Duration
	// Damage says what is wrong with the file: what could be read is stored. nil: nothing.
	Damage error
}

// ErrUnreadable is wrapped by errors about a file that has nothing to load: it is no snapshot, or that of a newer version.
var ErrUnreadable = errors.New("the file cannot be read as a snapshot")

// Load stores in c what path has. A damaged part costs its own entries, a file that was cut off those behind the cut. The
// error is fs.ErrNotExist if there is no file, ErrUnreadable if all of it must be left alone, or that of reading or of
// ctx.
func Load(ctx context.Context, c lru.Shards, path string, o Options) (Loaded, error) {
	start := time.Now()
	f, d, err := open(path)
	if err != nil {
		return Loaded{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	l := &loader{cache: c}
	l.Written = d.Written()
	err = l.read(ctx, d, o.Progress)
	l.Took = time.Since(start)
	var fault *dump.Error
	if errors.As(err, &fault) {
		l.Damage, l.Lost, err = fault, -1, nil
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return l.Loaded, err
}

// Check returns the error with which Load would fail at once. It reads no more than the header.
func Check(path string) error {
	f, _, err := open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// open opens a snapshot and reads its header.
func open(path string) (*os.File, *dump.Reader, error) {
	if err := replaceable(path); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the snapshot: %w", err)
	}
	d, err := dump.NewReader(bufio.NewReaderSize(f, 64<<10))
	if err == nil {
		return f, d, nil
	}
	f.Close() //nolint:errcheck // only read
	var fault *dump.Error
	if errors.As(err, &fault) {
		err = fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return nil, nil, fmt.Errorf("%s: %w", path, err)
}

// loader stores records.
type loader struct {
	Loaded
	cache  lru.Shards
	batch  [lru.MaxBatch]dump.Record
	hashes [lru.MaxBatch]uint64
}

// read stores all blocks. Blocks are read and verified by another goroutine meanwhile.
func (l *loader) read(ctx context.Context, d *dump.Reader, progress func(int64)) error {
	const ahead = 4
	blocks, free := make(chan dump.Block, ahead), make(chan []byte, ahead+2)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	damaged := 0
	var first *dump.Error
	d.Damaged = func(e *dump.Error) {
		if damaged++; first == nil {
			first = e
		}
	}
	var failed error
	go func() {
		defer close(blocks)
		for ctx.Err() == nil {
			var buf []byte
			select {
			case buf = <-free:
			default:
			}
			b, err := d.Block(buf)
			if err != nil {
				failed = err
				return
			}
			select {
			case blocks <- b:
			case <-ctx.Done():
				failed = context.Cause(ctx)
				return
			}
		}
		failed = context.Cause(ctx)
	}()
	read := int64(0)
	for b := range blocks {
		if read += int64(len(b)); progress != nil {
			progress(read)
		}
		if err := l.store(b); err != nil {
			cancel(err)
			for range blocks { //nolint:revive // until the reader has ended
			}
			return err
		}
		select {
		case free <- b[:0]:
		default:
		}
	}
	l.Lost = int64(d.Lost())
	if failed == io.EOF {
		failed = nil
		if first != nil {
			l.Damage = fmt.Errorf("%d damaged parts were left out; the first: %w", damaged, first)
		}
	}
	return failed
}

// store stores a block's records.
func (l *loader) store(b dump.Block) error {
	for more := true; more; {
		n, now := 0, l.cache.Now()
		for n < len(l.batch) {
			var r dump.Record
			if r, more = b.Next(); !more {
				break
			}
			if r.ExpireAt != 0 && r.ExpireAt <= now {
				l.Expired++
				continue
			}
			l.batch[n], l.hashes[n] = r, l.cache.Hash(r.Key)
			n++
		}
		l.cache.Warm(l.hashes[:n])
		for i, r := range l.batch[:n] {
			shard := l.cache.Lock(l.hashes[i])
			err := shard.PutOrRemove(l.hashes[i], r.Key, r.Value, r.ExpireAt, now)
			shard.Unlock()
			switch {
			case err == nil:
				l.Entries++
			case errors.Is(err, lru.ErrNoSpace):
				l.Refused++
			default:
				return err
			}
		}
	}
	return nil
}
