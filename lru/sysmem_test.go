package lru

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestCgroupMemory reads limits from made-up hierarchies of both versions.
func TestCgroupMemory(t *testing.T) {
	const none = math.MaxInt64
	const v1Unlimited = "9223372036854771712\n" // what version 1 shows for no limit
	tests := []struct {
		name       string
		membership string
		files      map[string]string
		want       int64
	}{
		{"v2, its own group", "0::/app\n", map[string]string{"app/memory.max": "1048576\n"}, 1 << 20},
		{"v2, no limit", "0::/app\n", map[string]string{"app/memory.max": "max\n"}, none},
		{"v2, a parent is tighter", "0::/a/b/c\n", map[string]string{
			"a/memory.max": "1000\n", "a/b/memory.max": "max\n", "a/b/c/memory.max": "5000\n"}, 1000},
		{"v2, a child is tighter", "0::/a/b\n", map[string]string{
			"a/memory.max": "5000\n", "a/b/memory.max": "1000\n"}, 1000},
		{"v2, seen from inside a container", "0::/\n", map[string]string{"memory.max": "4096\n"}, 4096},
		{"v1, among other controllers", "9:cpu,cpuacct:/x\n5:memory:/docker/1\n", map[string]string{
			"memory/docker/1/memory.limit_in_bytes": "2048\n", "memory/memory.limit_in_bytes": v1Unlimited}, 2048},
		{"v1, several controllers in one", "4:cpu,memory:/y\n", map[string]string{
			"memory/y/memory.limit_in_bytes": "99\n"}, 99},
		{"v1, the path of the host", "5:memory:/docker/1\n", map[string]string{
			"memory/memory.limit_in_bytes": "777\n"}, 777},
		{"both", "5:memory:/y\n0::/app\n", map[string]string{
			"memory/y/memory.limit_in_bytes": "99\n", "app/memory.max": "50\n"}, 50},
		{"another controller's group", "5:memorysaver:/y\n", map[string]string{
			"memory/y/memory.limit_in_bytes": "99\n"}, none},
		{"nonsense", "\n1:2\nx", map[string]string{"memory.max": "many"}, none},
		{"nothing", "", nil, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			membership := filepath.Join(root, "self")
			files := map[string]string{"self": tt.membership}
			for name, text := range tt.files {
				files[name] = text
			}
			for name, text := range files {
				path := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := cgroupMemory(membership, root); got != tt.want {
				t.Errorf("the limit is %d, want %d", got, tt.want)
			}
		})
	}
	if got := cgroupMemory("/nowhere", "/nowhere"); got != none {
		t.Errorf("without control groups the limit is %d", got)
	}
	if n := AvailableMemory(); n < 64<<20 || n > 1<<50 {
		t.Errorf("this machine has %d bytes", n)
	}
}
