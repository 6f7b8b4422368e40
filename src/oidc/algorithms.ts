import type { Configuration } from 'oidc-provider';
import {
  assertionAlgs,
  clientSigningAlgs,
  contentEncryptionAlgs,
  dpopAlgs,
  keyManagementAlgs,
  signingAlgs,
} from '../domain/algorithms.js';

/** What discovery lists, and what is accepted. */
export const ALGORITHMS: NonNullable<Configuration['enabledJWA']> = {
  clientAuthSigningAlgValues: [...assertionAlgs],
  requestObjectSigningAlgValues: [...clientSigningAlgs],
  dPoPSigningAlgValues: [...dpopAlgs],

  idTokenSigningAlgValues: [...signingAlgs],
  userinfoSigningAlgValues: [...signingAlgs],
  introspectionSigningAlgValues: [...signingAlgs],
  authorizationSigningAlgValues: [...signingAlgs],

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
