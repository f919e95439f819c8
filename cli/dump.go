package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/dump"
	"github.com/cachegopher/cachegopher/internal/millis"
	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// progressEvery is the interval at which a progress bar is redrawn.
const progressEvery = 100 * time.Millisecond

// dumpResult is the result of DUMP.
type dumpResult struct {
	Entries int64  `json:"entries"`
	Bytes   int64  `json:"bytes"`
	File    string `json:"file"`
}

func cmdDump(ctx context.Context, s *session, args []string) (result, error) {
	pattern := ""
	if len(args) > 2 && args[2] != "*" {
		pattern = args[2]
	}
	if args[1] != "-" {
		return s.dumpFile(ctx, args[1], pattern)
	}
	if s.out.tty || s.out.json {
		return nil, usagef("DUMP - writes binary data to standard output: send it to a file or a pipe, without --json")
	}
	_, err := s.dumpTo(ctx, s.out.w, pattern)
	return nil, errors.Join(err, s.out.w.Flush())
}

// dumpFile replaces the file once the dump is complete. A device or FIFO receives the dump as it is produced.
func (s *session) dumpFile(ctx context.Context, path, pattern string) (result, error) {
	f, err := createDump(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("creating the dump: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	r, err := s.dumpTo(ctx, w, pattern)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Commit()
	} else {
		f.Abort() //nolint:errcheck // an earlier error is returned
	}
	if err != nil && f.InPlace() {
		return nil, fmt.Errorf("the dump in %s is not complete: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing was written to %s: %w", path, err)
	}
	r.File = path
	return r, nil
}

// createDump gives up when ctx ends: a FIFO may never get a reader.
func createDump(ctx context.Context, path string) (*wholefile.File, error) {
	var f *wholefile.File
	opened := make(chan error, 1)
	go func() {
		var err error
		f, err = wholefile.Create(path, 0o600)
		opened <- err
	}()
	select {
	case err := <-opened:
		return f, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// dumpTo writes all entries that match. Unless every group was read to its end,
// the file is not finished.
func (s *session) dumpTo(ctx context.Context, w io.Writer, pattern string) (*dumpResult, error) {
	d, err := dump.NewWriter(w, time.Now())
	if err != nil {
		return nil, err
	}
	bar := s.bar(s.total(ctx), "dumping")
	err = s.walk(ctx, pattern, func(keys []string) error {
		bar.Add(len(keys)) //nolint:errcheck // progress display only
		return s.dumpKeys(ctx, d, keys)
	})
	bar.Finish() //nolint:errcheck // progress display only
	if err == nil {
		err = d.Close()
	}
	return &dumpResult{Entries: int64(d.Records()), Bytes: d.Written()}, err
}

// dumpKeys reads values and times to live together. It leaves out keys deleted
// meanwhile.
func (s *session) dumpKeys(ctx context.Context, d *dump.Writer, keys []string) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	p := s.c.Pipeline()
	values, ttls := make([]client.Queued, len(keys)), make([]client.Queued, len(keys))
	for i, key := range keys {
		ttls[i] = p.DoRead("PTTL", key)
		values[i] = p.Get(key)
	}
	now := time.Now()
	if err := p.Exec(ctx); err != nil {
		return err
	}
	for i, key := range keys {
		value, err := values[i].Bytes()
		if errors.Is(err, client.ErrNotFound) {
			continue
		}
		ttl, errTTL := ttls[i].Value()
		if err = errors.Join(err, errTTL); err != nil {
			return err
		}
		e := dump.Entry{Key: key, Value: value}
		if ttl.Int >= 0 {
			e.Expire = now.Add(millis.Duration(ttl.Int))
		}
		if err := d.Write(e); err != nil {
			return err
		}
	}
	return nil
}

func (r *dumpResult) status() int { return ExitDone }
func (r *dumpResult) data() any   { return r }

func (r *dumpResult) text(p *printer) error {
	return p.line(plural(r.Entries, "entry", "entries") + ", " + size(r.Bytes) + ", written to " + r.File)
}
