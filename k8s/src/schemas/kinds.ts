// The kinds of manifests that k8s/ has; schemas.mjs makes a JSON Schema of each.
export type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
export type { IStatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
export type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
export type { IJob } from "kubernetes-models/batch/v1/Job";
export type { IService } from "kubernetes-models/v1/Service";
export type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
export type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
export type { ISecret } from "kubernetes-models/v1/Secret";
export type { INamespace } from "kubernetes-models/v1/Namespace";
export type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
export type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
export type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
export type { IResourceClaimTemplate } from "kubernetes-models/resource.k8s.io/v1/ResourceClaimTemplate";
export type { IScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
export type { ITriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication";
export type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
export type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
