package lru

import (
	"strings"
	"testing"
)

// TestDefaults asks for the budgets that are left out, and for the shards that
// the budgets make.
func TestDefaults(t *testing.T) {
	quarter := AvailableMemory() / 4
	tests := []struct {
		name    string
		o       Options
		entries int64 // 0: no bound
		memory  int64
		shards  int
	}{
		{"only entries", Options{MaxEntries: 1000}, 1000, 0, 1},
		{"only memory", Options{MaxMemory: 8 << 20}, 0, 8 << 20, 1},
		{"both", Options{MaxEntries: 5000, MaxMemory: 64 << 20}, 5000, 64 << 20, 1},
		{"neither", Options{Shards: 4}, 0, quarter, 4},
		{"exact as a whole", Options{MaxEntries: 4096, MaxMemory: 1 << 30}, 4096, 1 << 30, 1},
		{"many entries", Options{MaxEntries: 1 << 20}, 1 << 20, 0, 256},
		{"some memory", Options{MaxMemory: 64 << 20}, 0, 64 << 20, 16},
		{"much memory", Options{MaxMemory: 4 << 30}, 0, 4 << 30, 128},
		{"shards as given", Options{MaxMemory: 64 << 20, Shards: 2}, 0, 64 << 20, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newTestCache(t, tt.o).Stats()
			if st.MaxEntries != tt.entries || st.MaxMemory != tt.memory || st.Shards != tt.shards {
				t.Errorf("%d entries, %d bytes, %d shards; want %d, %d, %d",
					st.MaxEntries, st.MaxMemory, st.Shards, tt.entries, tt.memory, tt.shards)
			}
		})
	}
}

// TestKeptShards: in a file there are more shards than in private memory of the same size, but not more than a loss of a hundredth
// needs.
func TestKeptShards(t *testing.T) {
	for _, tt := range []struct {
		entries, memory int64
		private, kept   int
	}{
		{0, 8 << 20, 1, 2},
		{0, 64 << 20, 16, 16},
		{0, 256 << 20, 16, 64},
		{0, 1 << 30, 32, 128},
		{0, 4 << 30, 128, 128},
		{0, 8 << 30, 256, 256},
		{100_000, 1 << 30, 16, 16},
		{1 << 20, 0, 256, 256},
	} {
		private, kept := autoShards(tt.entries, tt.memory, false), autoShards(tt.entries, tt.memory, true)
		if private != tt.private || kept != tt.kept {
			t.Errorf("%d entries, %d bytes: %d and %d shards, want %d and %d", tt.entries, tt.memory, private, kept, tt.private, tt.kept)
		}
	}
}

// TestWrongOptions checks that the error names each wrong option.
func TestWrongOptions(t *testing.T) {
	tests := []struct {
		o    Options
		want string
	}{
		{Options{MaxEntries: -1}, "MaxEntries is -1"},
		{Options{MaxMemory: -5}, "MaxMemory is -5"},
		{Options{MaxMemory: MinMemory - 1}, "MaxMemory is 999999 bytes, the least is 1000000"},
		{Options{Shards: -2}, "Shards is -2"},
		{Options{Shards: 3}, "Shards is 3, it must be a power of two up to 1024"},
		{Options{Shards: 2048}, "Shards is 2048"},
		{Options{MaxEntries: 100, Shards: 64}, "100 entries are too few for 64 shards"},
	}
	for _, tt := range tests {
		c, err := New(tt.o)
		if err == nil {
			_ = c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q in it", tt.o, err, tt.want)
		}
	}
	c := newTestCache(t, Options{MaxEntries: 10})
	for _, limits := range [][2]int64{{-1, 0}, {0, -1}, {0, MinMemory - 1}} {
		if err := c.SetLimits(limits[0], limits[1]); err == nil {
			t.Errorf("limits %v are accepted", limits)
		}
	}
}
