package deploy

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// exampleConfig reads the config that an example has, and requires that etcd chooses its primaries.
func exampleConfig(t *testing.T, text string) (f *config.File, etcd *url.URL) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cacheGopherConfig.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Coordinated() {
		t.Fatal("nobody chooses another primary")
	}
	if etcd, err = url.Parse(f.Coordination.Etcd[0]); err != nil {
		t.Fatal(err)
	}
	return f, etcd
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestCompose compares the services of the Compose file with the config that they share.
func TestCompose(t *testing.T) {
	compose := readText(t, "container/compose.yaml")
	f, etcd := exampleConfig(t, readText(t, "container/cacheGopherConfig.json"))
	_, services, _ := strings.Cut(compose, "\nservices:\n")
	services, _, _ = strings.Cut(services, "\nvolumes:\n")
	found := map[string]string{}
	for _, text := range regexp.MustCompile(`(?m)^  \w+:\n(?:    .*\n?)+`).FindAllString(services, -1) {
		name, rest, _ := strings.Cut(strings.TrimSpace(text), ":")
		found[name] = rest
	}
	if len(found) != len(f.Servers)+1 {
		t.Errorf("%d services for %d servers and etcd", len(found), len(f.Servers))
	}
	for _, s := range f.Servers {
		host, _, err := net.SplitHostPort(s.Addresses[0])
		if text := found[host]; err != nil || host != s.ID || !strings.Contains(text, "--server-id, "+s.ID+", --recover]") || !strings.Contains(text, "hostname: "+s.ID+"\n") {
			t.Errorf("server %s at %v has the service%s", s.ID, s.Addresses, text)
		}
	}
	if text := found[etcd.Hostname()]; !strings.Contains(text, "--advertise-client-urls="+etcd.String()) || !strings.Contains(text, "/data") {
		t.Errorf("etcd, at %s, has the service%s", etcd, text)
	}
	if !strings.Contains(compose, "stop_grace_period: 15s") {
		t.Error("a primary has no time to hand over")
	}
}

// TestKubernetesConfig reads the config of the manifests as a node does.
func TestKubernetesConfig(t *testing.T) {
	_, text, _ := strings.Cut(readText(t, "kubernetes/cachegopher.yaml"), "  cacheGopherConfig.json: |\n")
	text, _, _ = strings.Cut(text, "\n---\n")
	f, _ := exampleConfig(t, text)
	if len(f.Servers) != 3 {
		t.Errorf("%d servers", len(f.Servers))
	}
}

// TestClusterConfig reads the config of make run-cluster.
func TestClusterConfig(t *testing.T) {
	exampleConfig(t, readText(t, "cluster/config.json"))
}

// TestStopTimeouts checks that service managers give a node enough time to stop. docs/operations.md says how much it needs.
func TestStopTimeouts(t *testing.T) {
	for path, want := range map[string]string{
		"systemd/cachegopher@.service": "\nTimeoutStopSec=15\n", "kubernetes/cachegopher.yaml": "      terminationGracePeriodSeconds: 15\n",
		"container/compose.yaml": "  stop_grace_period: 15s ", "../docs/operations.md": "`TimeoutStopSec` is 15 s",
	} {
		if !strings.Contains(readText(t, path), want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}
