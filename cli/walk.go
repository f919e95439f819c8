package cli

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/schollz/progressbar/v3"

	"github.com/cachegopher/cachegopher/client"
)

// walkPage is the number of keys that a walk handles at a time.
const walkPage = 512

// walk calls do with all keys that match pattern, some hundred at a time. Groups
// that do not answer are left out, and said to be by the error.
func (s *session) walk(ctx context.Context, pattern string, do func(keys []string) error) error {
	var (
		errs []error
		page []string
	)
	for key, err := range s.c.Scan(ctx, client.ScanOptions{Match: pattern}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if page = append(page, key); len(page) == walkPage {
			if err := do(page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	if len(page) > 0 {
		if err := do(page); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// total is about how many keys a walk over all keys will see; -1 when unknown.
func (s *session) total(ctx context.Context) int64 {
	ctx, cancel := s.within(ctx)
	defer cancel()
	r, err := s.size(ctx)
	if v, ok := r.(*valueResult); ok && err == nil {
		return v.v.Int
	}
	return -1
}

// bar is a progress bar on standard error, or nothing where that is no terminal.
func (s *session) bar(total int64, what string) *progressbar.ProgressBar {
	if !s.bars {
		return progressbar.NewOptions64(total, progressbar.OptionSetWriter(io.Discard), progressbar.OptionSetVisibility(false))
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(s.errs),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("entries"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(progressEvery),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(24),
	)
}

// plural is "1 entry" or "2 entries".
func plural(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + more
}
