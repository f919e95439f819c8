package kubernetes

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// TestEtcd checks that the nodes find etcd, that only they may use it, and that it keeps its data.
func TestEtcd(t *testing.T) {
	all := manifests(t, "etcd.yaml", map[string]any{
		"v1 Service": &corev1.Service{}, "apps/v1 StatefulSet": &appsv1.StatefulSet{}, "networking.k8s.io/v1 NetworkPolicy": &networkingv1.NetworkPolicy{},
	})
	nodes := manifests(t, "cachegopher.yaml", map[string]any{
		"v1 ConfigMap": &corev1.ConfigMap{}, "v1 Service": &corev1.Service{}, "policy/v1 PodDisruptionBudget": new(map[string]any),
		"apps/v1 StatefulSet": &appsv1.StatefulSet{}, "networking.k8s.io/v1 NetworkPolicy": &networkingv1.NetworkPolicy{},
	})
	service, set, policy := all["Service"].(*corev1.Service), all["StatefulSet"].(*appsv1.StatefulSet), all["NetworkPolicy"].(*networkingv1.NetworkPolicy)
	var config struct {
		Coordination struct{ Etcd []string }
	}
	if err := json.Unmarshal([]byte(nodes["ConfigMap"].(*corev1.ConfigMap).Data["cacheGopherConfig.json"]), &config); err != nil {
		t.Fatal(err)
	}
	port := service.Spec.Ports[0]
	if want := fmt.Sprintf("http://%s:%d", service.Name, port.Port); !slices.Equal(config.Coordination.Etcd, []string{want}) {
		t.Errorf("the nodes look for etcd at %v, it is at %s", config.Coordination.Etcd, want)
	}
	pod := set.Spec.Template
	etcd := pod.Spec.Containers[0]
	if etcd.Ports[0].Name != port.TargetPort.StrVal || etcd.Ports[0].ContainerPort != port.Port {
		t.Errorf("the service's port is %+v, the container's %+v", port, etcd.Ports[0])
	}
	for _, labels := range []map[string]string{service.Spec.Selector, set.Spec.Selector.MatchLabels, policy.Spec.PodSelector.MatchLabels} {
		if !maps.Equal(labels, pod.Labels) {
			t.Errorf("selector %v does not match the pods' %v", labels, pod.Labels)
		}
	}
	node := nodes["StatefulSet"].(*appsv1.StatefulSet).Spec.Template.Labels
	if len(policy.Spec.Ingress) != 1 || len(policy.Spec.Ingress[0].From) != 1 || !maps.Equal(policy.Spec.Ingress[0].From[0].PodSelector.MatchLabels, node) {
		t.Errorf("etcd is open to %+v", policy.Spec.Ingress)
	}
	if *set.Spec.Replicas != 1 || len(set.Spec.VolumeClaimTemplates) != 1 || etcd.VolumeMounts[0].Name != set.Spec.VolumeClaimTemplates[0].Name {
		t.Error("etcd does not keep its data when its pod moves")
	}
}
