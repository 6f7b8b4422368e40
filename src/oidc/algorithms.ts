import type { Configuration } from 'oidc-provider';
import {
  assertionAlgs,
  clientSigningAlgs,
  contentEncryptionAlgs,
  dpopAlgs,
  keyManagementAlgs,
} from '../domain/algorithms.js';

/** Algorithms that the server has a key for. */
const signing = ['RS256', 'ES256', 'EdDSA'] as const;

/** What discovery lists, and what is accepted. */
export const ALGORITHMS: NonNullable<Configuration['enabledJWA']> = {
  clientAuthSigningAlgValues: [...assertionAlgs],
  requestObjectSigningAlgValues: [...clientSigningAlgs],
  dPoPSigningAlgValues: [...dpopAlgs],

  idTokenSigningAlgValues: [...signing],
  userinfoSigningAlgValues: [...signing],
  introspectionSigningAlgValues: [...signing],
  authorizationSigningAlgValues: [...signing],

  idTokenEncryptionAlgValues: [...keyManagementAlgs],
  idTokenEncryptionEncValues: [...contentEncryptionAlgs],
  userinfoEncryptionAlgValues: [...keyManagementAlgs],
  userinfoEncryptionEncValues: [...contentEncryptionAlgs],
  introspectionEncryptionAlgValues: [...keyManagementAlgs],
  introspectionEncryptionEncValues: [...contentEncryptionAlgs],
  authorizationEncryptionAlgValues: [...keyManagementAlgs],
  authorizationEncryptionEncValues: [...contentEncryptionAlgs],
  requestObjectEncryptionAlgValues: [...keyManagementAlgs],
  requestObjectEncryptionEncValues: [...contentEncryptionAlgs],
};
