// Package kubernetes holds the manifests for Kubernetes; this test checks them.
package kubernetes

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// manifests reads each document of a file into the type that its kind names. Unknown fields are errors.
func manifests(t *testing.T, file string, types map[string]any) map[string]any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]any{}
	for _, doc := range bytes.Split(data, []byte("\n---\n")) {
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		into, ok := types[head.APIVersion+" "+head.Kind]
		if !ok {
			t.Fatalf("a manifest of kind %s %s", head.APIVersion, head.Kind)
		}
		if err := yaml.UnmarshalStrict(doc, into); err != nil {
			t.Errorf("%s: %v", head.Kind, err)
		}
		found[head.Kind] = into
	}
	if len(found) != len(types) {
		t.Fatalf("%d manifests, want %d", len(found), len(types))
	}
	return found
}

// TestManifests reads the manifests strictly and checks that they fit each other.
func TestManifests(t *testing.T) {
	all := manifests(t, "cachegopher.yaml", map[string]any{
		"v1 ConfigMap": &corev1.ConfigMap{}, "v1 Service": &corev1.Service{},
		"policy/v1 PodDisruptionBudget": &policyv1.PodDisruptionBudget{}, "apps/v1 StatefulSet": &appsv1.StatefulSet{},
		"networking.k8s.io/v1 NetworkPolicy": &networkingv1.NetworkPolicy{},
	})
	set, service := all["StatefulSet"].(*appsv1.StatefulSet), all["Service"].(*corev1.Service)
	node := set.Spec.Template.Spec.Containers[0]
	ports := map[string]int32{}
	for _, p := range node.Ports {
		ports[p.Name] = p.ContainerPort
	}
	for _, p := range service.Spec.Ports {
		if ports[p.TargetPort.StrVal] != p.Port {
			t.Errorf("the service's port %s is not one of the pod's", p.Name)
		}
	}
	if service.Spec.ClusterIP != corev1.ClusterIPNone || set.Spec.ServiceName != service.Name {
		t.Error("the pods get their names from a headless service")
	}
	checkProbes(t, &node)
	for name, probe := range map[string]*corev1.Probe{"startup": node.StartupProbe, "readiness": node.ReadinessProbe, "liveness": node.LivenessProbe} {
		if probe == nil || ports[probe.HTTPGet.Port.StrVal] == 0 {
			t.Errorf("%s probe: %+v", name, probe)
		}
	}
	for _, labels := range []map[string]string{service.Spec.Selector, set.Spec.Selector.MatchLabels, all["PodDisruptionBudget"].(*policyv1.PodDisruptionBudget).Spec.Selector.MatchLabels} {
		for k, v := range labels {
			if set.Spec.Template.Labels[k] != v {
				t.Errorf("selector %s=%s does not match the pods", k, v)
			}
		}
	}
	if !slices.Contains(node.Args, "--recover") {
		t.Error("without --recover a node serves before it has what its group holds")
	}
	checkPolicy(t, all["NetworkPolicy"].(*networkingv1.NetworkPolicy), set, ports)
	checkConfig(t, all["ConfigMap"].(*corev1.ConfigMap).Data["cacheGopherConfig.json"], set, service, ports["cache"])
}

// checkPolicy checks that the policy names every permitted peer: nodes without users rely on it.
func checkPolicy(t *testing.T, policy *networkingv1.NetworkPolicy, set *appsv1.StatefulSet, ports map[string]int32) {
	t.Helper()
	for k, v := range policy.Spec.PodSelector.MatchLabels {
		if set.Spec.Template.Labels[k] != v {
			t.Errorf("the policy's selector %s=%s does not match the pods", k, v)
		}
	}
	if len(policy.Spec.PolicyTypes) != 1 || policy.Spec.PolicyTypes[0] != networkingv1.PolicyTypeIngress || len(policy.Spec.Ingress) == 0 {
		t.Errorf("the policy is about %v", policy.Spec.PolicyTypes)
	}
	for i, rule := range policy.Spec.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) == 0 {
			t.Errorf("rule %d lets everybody in, or to every port", i)
		}
		for _, from := range rule.From {
			if from.PodSelector == nil || len(from.PodSelector.MatchLabels) == 0 || from.NamespaceSelector != nil || from.IPBlock != nil {
				t.Errorf("rule %d lets in more than labelled pods of the namespace: %+v", i, from)
			}
		}
		for _, port := range rule.Ports {
			if port.Port == nil || ports[port.Port.StrVal] == 0 {
				t.Errorf("rule %d has a port that the pod does not have: %+v", i, port)
			}
		}
	}
}

// checkProbes checks that Kubernetes does not kill a node that recovers, however long that takes: only readiness waits for
// data.
func checkProbes(t *testing.T, c *corev1.Container) {
	t.Helper()
	for name, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != "/healthz" {
			t.Errorf("the %s probe, whose failure kills the node, is %+v", name, probe)
		}
	}
	if p := c.ReadinessProbe; p == nil || p.HTTPGet == nil || p.HTTPGet.Path != "/readyz" {
		t.Errorf("the readiness probe is %+v", p)
	}
}

// checkConfig checks that the config names the pods as Kubernetes does.
func checkConfig(t *testing.T, text string, set *appsv1.StatefulSet, service *corev1.Service, port int32) {
	t.Helper()
	var cfg struct {
		Servers []struct{ ID, Address string }
	}
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		t.Fatal(err)
	}
	if len(cfg.Servers) != int(*set.Spec.Replicas) {
		t.Errorf("%d servers and %d replicas", len(cfg.Servers), *set.Spec.Replicas)
	}
	for i, s := range cfg.Servers {
		id := set.Name + "-" + string(rune('0'+i))
		if s.ID != id || !strings.HasPrefix(s.Address, id+"."+service.Name+":") || !strings.HasSuffix(s.Address, ":31337") || port != 31337 {
			t.Errorf("server %d is %+v, the pod is %s.%s:%d", i, s, id, service.Name, port)
		}
	}
}
