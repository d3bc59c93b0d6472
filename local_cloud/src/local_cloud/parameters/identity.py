"""Parameters of who may do what, and of secrets: IAM, STS, KMS, Secrets Manager and Systems Manager's parameters."""

from local_cloud.parameters.reasons import ONE_PAGE

_IAM = """
CreateRole{RoleName Path AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary Tags}
GetRole{RoleName} DeleteRole{RoleName} ListRoles{PathPrefix Marker MaxItems}
UpdateRole{RoleName Description MaxSessionDuration} UpdateRoleDescription{RoleName Description}
UpdateAssumeRolePolicy{RoleName PolicyDocument}
PutRolePolicy{RoleName PolicyName PolicyDocument} GetRolePolicy{RoleName PolicyName}
DeleteRolePolicy{RoleName PolicyName} ListRolePolicies{RoleName ~Marker ~MaxItems}
AttachRolePolicy{RoleName PolicyArn} DetachRolePolicy{RoleName PolicyArn}
ListAttachedRolePolicies{RoleName PathPrefix Marker MaxItems}
PutRolePermissionsBoundary{RoleName PermissionsBoundary} DeleteRolePermissionsBoundary{RoleName}
TagRole{RoleName Tags} UntagRole{RoleName TagKeys} ListRoleTags{RoleName Marker MaxItems}
CreatePolicy{PolicyName Path PolicyDocument Description Tags} GetPolicy{PolicyArn} DeletePolicy{PolicyArn}
ListPolicies{Scope OnlyAttached PathPrefix Marker MaxItems}
CreatePolicyVersion{PolicyArn PolicyDocument SetAsDefault} GetPolicyVersion{PolicyArn VersionId}
DeletePolicyVersion{PolicyArn VersionId} SetDefaultPolicyVersion{PolicyArn VersionId}
ListPolicyVersions{PolicyArn ~Marker ~MaxItems}
ListEntitiesForPolicy{PolicyArn EntityFilter PathPrefix Marker MaxItems}
TagPolicy{PolicyArn Tags} UntagPolicy{PolicyArn TagKeys} ListPolicyTags{PolicyArn Marker MaxItems}
CreateOpenIDConnectProvider{Url ClientIDList ThumbprintList Tags}
GetOpenIDConnectProvider{OpenIDConnectProviderArn} DeleteOpenIDConnectProvider{OpenIDConnectProviderArn}
UpdateOpenIDConnectProviderThumbprint{OpenIDConnectProviderArn ThumbprintList}
TagOpenIDConnectProvider{OpenIDConnectProviderArn Tags} UntagOpenIDConnectProvider{OpenIDConnectProviderArn TagKeys}
AddClientIDToOpenIDConnectProvider{OpenIDConnectProviderArn ClientID}
RemoveClientIDFromOpenIDConnectProvider{OpenIDConnectProviderArn ClientID}
ListOpenIDConnectProviderTags{OpenIDConnectProviderArn Marker MaxItems} ListOpenIDConnectProviders
CreateServiceLinkedRole{AWSServiceName Description CustomSuffix} DeleteServiceLinkedRole{RoleName}
GetServiceLinkedRoleDeletionStatus{~DeletionTaskId}
ListInstanceProfilesForRole{RoleName ~Marker ~MaxItems} ListInstanceProfiles{PathPrefix ~Marker ~MaxItems}
CreateAccountAlias{AccountAlias} DeleteAccountAlias{AccountAlias} ListAccountAliases{~Marker ~MaxItems}
SimulatePrincipalPolicy{
    PolicySourceArn ActionNames ResourceArns ResourcePolicy ResourceOwner CallerArn ContextEntries
    PolicyInputList PermissionsBoundaryPolicyInputList MaxItems Marker
}
SimulateCustomPolicy{
    PolicyInputList PermissionsBoundaryPolicyInputList ActionNames ResourceArns ResourcePolicy ResourceOwner CallerArn
    ContextEntries MaxItems Marker
}
"""

_STS = """
AssumeRoleWithWebIdentity{RoleArn RoleSessionName WebIdentityToken PolicyArns Policy DurationSeconds}
AssumeRole{RoleArn RoleSessionName PolicyArns Policy DurationSeconds ExternalId}
GetCallerIdentity
GetAccessKeyInfo{AccessKeyId}
"""

_KMS = """
CreateKey{
    Policy Description KeyUsage CustomerMasterKeySpec KeySpec Origin=AWS_KMS ~BypassPolicyLockoutSafetyCheck Tags
    MultiRegion
}
DescribeKey{KeyId} ListKeys{~Limit ~Marker}
Encrypt{KeyId Plaintext EncryptionContext EncryptionAlgorithm=SYMMETRIC_DEFAULT}
Decrypt{KeyId CiphertextBlob EncryptionContext EncryptionAlgorithm=SYMMETRIC_DEFAULT}
ReEncrypt{
    CiphertextBlob SourceEncryptionContext SourceKeyId DestinationKeyId DestinationEncryptionContext
    SourceEncryptionAlgorithm=SYMMETRIC_DEFAULT DestinationEncryptionAlgorithm=SYMMETRIC_DEFAULT
}
GenerateDataKey{KeyId EncryptionContext NumberOfBytes KeySpec}
GenerateDataKeyWithoutPlaintext{KeyId EncryptionContext NumberOfBytes KeySpec}
GenerateRandom{NumberOfBytes}
Sign{KeyId Message MessageType=RAW|DIGEST SigningAlgorithm}
Verify{KeyId Message MessageType=RAW|DIGEST Signature SigningAlgorithm}
GenerateMac{KeyId Message MacAlgorithm} VerifyMac{KeyId Message MacAlgorithm Mac}
GetPublicKey{KeyId}
EnableKey{KeyId} DisableKey{KeyId} CancelKeyDeletion{KeyId} ScheduleKeyDeletion{KeyId PendingWindowInDays}
PutKeyPolicy{KeyId PolicyName Policy ~BypassPolicyLockoutSafetyCheck} GetKeyPolicy{KeyId PolicyName}
ListKeyPolicies{KeyId ~Limit ~Marker}
CreateAlias{AliasName TargetKeyId} UpdateAlias{AliasName TargetKeyId} DeleteAlias{AliasName}
ListAliases{KeyId ~Limit ~Marker}
UpdateKeyDescription{KeyId Description}
EnableKeyRotation{KeyId} DisableKeyRotation{KeyId} GetKeyRotationStatus{KeyId}
ListGrants{KeyId GrantId GranteePrincipal ~Limit ~Marker}
ListResourceTags{KeyId ~Limit ~Marker} TagResource{KeyId Tags} UntagResource{KeyId TagKeys}
"""

_SECRETS_MANAGER = """
CreateSecret{Name ClientRequestToken Description KmsKeyId SecretBinary SecretString Tags}
UpdateSecret{SecretId ClientRequestToken Description KmsKeyId SecretBinary SecretString}
PutSecretValue{SecretId ClientRequestToken SecretBinary SecretString VersionStages}
GetSecretValue{SecretId VersionId VersionStage} BatchGetSecretValue{SecretIdList Filters MaxResults NextToken}
DeleteSecret{SecretId RecoveryWindowInDays ForceDeleteWithoutRecovery} RestoreSecret{SecretId}
UpdateSecretVersionStage{SecretId VersionStage RemoveFromVersionId MoveToVersionId}
DescribeSecret{SecretId} ListSecrets{IncludePlannedDeletion MaxResults NextToken Filters}
ListSecretVersionIds{SecretId ~MaxResults ~NextToken}
GetRandomPassword{
    PasswordLength ExcludeCharacters ExcludeNumbers ExcludePunctuation ExcludeUppercase ExcludeLowercase IncludeSpace
    RequireEachIncludedType
}
PutResourcePolicy{SecretId ResourcePolicy} GetResourcePolicy{SecretId} DeleteResourcePolicy{SecretId}
TagResource{SecretId Tags} UntagResource{SecretId TagKeys}
"""

_SSM = """
PutParameter{Name Description Value Type KeyId Overwrite AllowedPattern Tags Tier DataType=text}
GetParameter{Name WithDecryption} GetParameters{Names WithDecryption}
GetParametersByPath{Path Recursive ParameterFilters WithDecryption MaxResults NextToken}
GetParameterHistory{Name WithDecryption MaxResults NextToken}
DeleteParameter{Name} DeleteParameters{Names}
LabelParameterVersion{Name ParameterVersion Labels} UnlabelParameterVersion{Name ParameterVersion Labels}
DescribeParameters{Filters ParameterFilters ~MaxResults NextToken}
ListTagsForResource{ResourceType ResourceId} AddTagsToResource{ResourceType ResourceId Tags}
RemoveTagsFromResource{ResourceType ResourceId TagKeys}
"""

PARAMETERS = {"iam": _IAM, "sts": _STS, "kms": _KMS, "secretsmanager": _SECRETS_MANAGER, "ssm": _SSM}

_PAGES = dict.fromkeys(("Marker", "MaxItems", "Limit", "MaxResults", "NextToken"), ONE_PAGE)
NO_EFFECT = {
    "iam": {"DeletionTaskId": "a role is gone at once", **_PAGES},
    "kms": {"BypassPolicyLockoutSafetyCheck": "a policy that locks out its author is taken", **_PAGES},
    "secretsmanager": _PAGES,
    "ssm": _PAGES,
}
