import { z } from 'zod';

/**
 * What Kubernetes 1.29 and later take, for the kinds and fields that docs/kubernetes uses and those beside them:
 * as strict as its API server with `--validate=strict`, so that a misspelt field, a number as text or a probe
 * without an action is an error here as well. Fields that are not here are to be added from the API's reference.
 */
const strict = z.strictObject;
/** A DNS label: names of things that become host names. */
const label = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const portName = z.string().regex(/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/);
const portNumber = z.int().min(1).max(65_535);
const port = z.union([portNumber, portName]);
const labels = z.record(z.string().max(316), z.string().max(63));
const selector = strict({ matchLabels: labels });
/** Cores such as 250m or 1.5, bytes such as 256Mi. */
const quantity = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?(m|k|[MGTPE]|[KMGTPE]i)?$/)]);
const count = z.int().min(0);
const seconds = z.int().min(1);
const numberOrShare = z.union([count, z.string().regex(/^\d{1,3}%$/)]);

const metadata = strict({
  name: label,
  namespace: label.optional(),
  labels: labels.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const exec = strict({ command: z.array(z.string()).min(1) });
const httpGet = strict({ path: z.string().startsWith('/'), port, scheme: z.enum(['HTTP', 'HTTPS']).optional() });
const handler = strict({ exec, httpGet, sleep: strict({ seconds }) }).partial();
const isOne = (value: object): boolean =>
  ['exec', 'httpGet', 'sleep'].filter((name) => Object.hasOwn(value, name)).length === 1;
const action = handler.refine(isOne, 'one action is needed');
const probe = handler
  .extend({
    initialDelaySeconds: count.optional(),
    periodSeconds: seconds.optional(),
    timeoutSeconds: seconds.optional(),
    failureThreshold: seconds.optional(),
    successThreshold: seconds.optional(),
  })
  .refine(isOne, 'one action is needed');

const profile = strict({ type: z.enum(['RuntimeDefault', 'Localhost', 'Unconfined']) });
const user = { runAsUser: count.optional(), runAsGroup: count.optional(), runAsNonRoot: z.boolean().optional() };
const podSecurity = strict({ ...user, fsGroup: count.optional(), seccompProfile: profile.optional() });
const containerSecurity = strict({
  ...user,
  allowPrivilegeEscalation: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  privileged: z.boolean().optional(),
  capabilities: strict({ drop: z.array(z.string()), add: z.array(z.string()) })
    .partial()
    .optional(),
});

const keyOf = strict({ name: label, key: z.string(), optional: z.boolean().optional() });
const source = strict({
  fieldRef: strict({ fieldPath: z.string() }),
  secretKeyRef: keyOf,
  configMapKeyRef: keyOf,
}).partial();
const variable = strict({
  name: z.string().regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/),
  value: z.string(),
  valueFrom: source,
})
  .partial({ value: true, valueFrom: true })
  .refine(({ value, valueFrom }) => value === undefined || valueFrom === undefined, 'value or valueFrom');
const ref = strict({ name: label, optional: z.boolean().optional() });
const amounts = strict({ cpu: quantity, memory: quantity, 'ephemeral-storage': quantity }).partial();

const initContainer = strict({
  name: label,
  image: z.string().min(1),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(variable).optional(),
  envFrom: z.array(strict({ secretRef: ref, configMapRef: ref, prefix: z.string() }).partial()).optional(),
  resources: strict({ requests: amounts, limits: amounts }).partial().optional(),
  securityContext: containerSecurity.optional(),
  volumeMounts: z.array(strict({ name: label, mountPath: z.string(), readOnly: z.boolean().optional() })).optional(),
});
const container = initContainer.extend({
  ports: z
    .array(
      strict({
        name: portName.optional(),
        containerPort: portNumber,
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
      }),
    )
    .optional(),
  lifecycle: strict({ preStop: action, postStart: action }).partial().optional(),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
});

const pod = strict({
  serviceAccountName: label.optional(),
  automountServiceAccountToken: z.boolean().optional(),
  terminationGracePeriodSeconds: count.optional(),
  securityContext: podSecurity.optional(),
  topologySpreadConstraints: z
    .array(
      strict({
        maxSkew: seconds,
        topologyKey: z.string(),
        whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
        labelSelector: selector.optional(),
      }),
    )
    .optional(),
  initContainers: z.array(initContainer).optional(),
  containers: z.array(container).min(1),
  volumes: z.array(strict({ name: label, emptyDir: z.object({}) })).optional(),
});

const deployment = strict({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: strict({
    replicas: count.optional(),
    selector,
    strategy: strict({
      type: z.enum(['RollingUpdate', 'Recreate']),
      rollingUpdate: strict({ maxUnavailable: numberOrShare, maxSurge: numberOrShare }).partial(),
    })
      .partial()
      .optional(),
    template: strict({ metadata: metadata.partial({ name: true }), spec: pod }),
  }),
});

const service = strict({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: strict({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).optional(),
    selector: labels,
    ports: z.array(strict({ name: portName.optional(), port: portNumber, targetPort: port.optional() })).min(1),
  }),
});

const disruptionBudget = strict({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: strict({ selector, minAvailable: numberOrShare.optional(), maxUnavailable: numberOrShare.optional() }).refine(
    ({ minAvailable, maxUnavailable }) => (minAvailable === undefined) !== (maxUnavailable === undefined),
    'minAvailable or maxUnavailable',
  ),
});

/** Of the Prometheus operator. */
const serviceMonitor = strict({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata,
  spec: strict({
    selector,
    endpoints: z
      .array(
        strict({
          port: portName,
          path: z.string().startsWith('/').optional(),
          interval: z
            .string()
            .regex(/^\d+(ms|s|m|h)$/)
            .optional(),
          authorization: strict({ type: z.string().optional(), credentials: keyOf }).optional(),
        }),
      )
      .min(1),
  }),
});

export const manifest = z.discriminatedUnion('kind', [deployment, service, disruptionBudget, serviceMonitor]);
export type Manifest = z.infer<typeof manifest>;
