// Package admin is a node's HTTP listener for operators: metrics for Prometheus, health for
// orchestrators, and a status page for people.
//
// It reads the node's counters when asked, and adds nothing to the path of a cache request.
package admin
