// Package admin is a node's HTTP listener for operators: metrics for Prometheus, health for
// orchestrators, and a status page for people.
//
// It reads the node's counters on request, and adds no work to a cache request.
package admin
