{{/* Names are fixed: there is one operator in a cluster, and others find it by them. */}}

{{- define "rhoai-operator.selector" -}}
app.kubernetes.io/name: rhoai-operator
control-plane: controller-manager
{{- end }}

{{- define "rhoai-operator.labels" -}}
app.kubernetes.io/name: rhoai-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "rhoai-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* The port of an address such as ":8443"; empty for the address "0", which is none. */}}
{{- define "rhoai-operator.port" -}}
{{- if ne . "0" }}{{ splitList ":" . | last }}{{ end }}
{{- end }}

{{- define "rhoai-operator.metricsPort" -}}
{{- include "rhoai-operator.port" (.Values.settings.metricsBindAddress | default ":8443") }}
{{- end }}

{{- define "rhoai-operator.healthPort" -}}
{{- include "rhoai-operator.port" (.Values.settings.healthProbeBindAddress | default ":8081") }}
{{- end }}

{{- define "rhoai-operator.webhookPort" -}}
{{- if .Values.webhook.enabled }}
{{- include "rhoai-operator.port" (.Values.settings.webhookBindAddress | default ":9443") }}
{{- end }}
{{- end }}

{{/* The Secret that the webhook's certificate is mounted from; empty where the operator makes it. */}}
{{- define "rhoai-operator.webhookSecret" -}}
{{- $provider := .Values.certificates.provider }}
{{- if include "rhoai-operator.webhookPort" . }}
{{- if eq $provider "files" }}
{{- required "certificates.webhookSecret is needed where certificates.provider is files" .Values.certificates.webhookSecret }}
{{- else if ne $provider "self" }}rhoai-operator-webhook-serving{{ end }}
{{- end }}
{{- end }}

{{/* The same for metrics. */}}
{{- define "rhoai-operator.metricsSecret" -}}
{{- $provider := .Values.certificates.provider }}
{{- if include "rhoai-operator.metricsPort" . }}
{{- if eq $provider "files" }}{{ .Values.certificates.metricsSecret }}
{{- else if ne $provider "self" }}rhoai-operator-metrics-cert{{ end }}
{{- end }}
{{- end }}

{{/* Whether Kubernetes has what the guard is made of, and it is wanted. */}}
{{- define "rhoai-operator.guarded" -}}
{{- if and .Values.guard.enabled (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version) }}true{{ end }}
{{- end }}
