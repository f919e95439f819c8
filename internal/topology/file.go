package topology

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
)

// File is the Source that reads a config file. It looks up no names.
type File struct {
	Path  string
	Every time.Duration // the interval at which Watch checks the file; 0: never
}

// Read implements Source.
func (f File) Read() (*Topology, error) {
	data, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, fmt.Errorf("reading the config: %w", err)
	}
	file, err := config.Parse(f.Path, data)
	if err != nil {
		return nil, err
	}
	return Of(file), nil
}

// Watch implements Source. It notices a file written in place, renamed over, or changed by turning a symbolic link of
// its path to another folder, as Kubernetes does. A change counts once two checks in a row agree, so that a file that is
// being written is not taken for a wrong one. The first call of changed comes soon after the start.
func (f File) Watch(ctx context.Context, changed func()) {
	if f.Every <= 0 {
		return
	}
	tick := time.NewTicker(f.Every)
	defer tick.Stop()
	var seen, handled [sha256.Size]byte
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		data, err := os.ReadFile(f.Path)
		if err != nil {
			data = []byte(err.Error())
		}
		now := sha256.Sum256(data)
		isNew, settled := now != handled, now == seen
		seen = now
		if isNew && settled {
			handled = now
			changed()
		}
	}
}
