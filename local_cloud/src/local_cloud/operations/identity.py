"""Operations of who may do what, and of secrets: IAM, STS, KMS, Secrets Manager and Systems Manager's parameters."""

LISTS = {
    "iam": (
        """
        CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy
        PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy
        PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion
        SimulatePrincipalPolicy SimulateCustomPolicy
        """,
        """
        GetRole ListRoles GetRolePolicy ListRolePolicies ListAttachedRolePolicies
        GetPolicy ListPolicies GetPolicyVersion ListPolicyVersions ListEntitiesForPolicy
        TagRole UntagRole ListRoleTags TagPolicy UntagPolicy ListPolicyTags
        CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider
        UpdateOpenIDConnectProviderThumbprint TagOpenIDConnectProvider UntagOpenIDConnectProvider
        ListOpenIDConnectProviderTags AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider
        CreateServiceLinkedRole DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus
        ListInstanceProfilesForRole ListInstanceProfiles
        ListAccountAliases CreateAccountAlias DeleteAccountAlias
        """,
    ),
    "sts": ("AssumeRole AssumeRoleWithWebIdentity GetCallerIdentity GetAccessKeyInfo", ""),
    "kms": (
        """
        CreateKey Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom
        Sign Verify GenerateMac VerifyMac GetPublicKey
        EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion PutKeyPolicy
        CreateAlias UpdateAlias DeleteAlias
        """,
        """
        DescribeKey ListKeys ListAliases GetKeyPolicy ListKeyPolicies UpdateKeyDescription
        EnableKeyRotation DisableKeyRotation GetKeyRotationStatus ListGrants ListResourceTags TagResource UntagResource
        """,
    ),
    "secretsmanager": (
        """
        CreateSecret UpdateSecret PutSecretValue DeleteSecret RestoreSecret UpdateSecretVersionStage
        GetSecretValue BatchGetSecretValue GetRandomPassword PutResourcePolicy DeleteResourcePolicy
        """,
        "DescribeSecret ListSecrets ListSecretVersionIds GetResourcePolicy TagResource UntagResource",
    ),
    "ssm": (
        "PutParameter DeleteParameter DeleteParameters LabelParameterVersion UnlabelParameterVersion",
        """
        GetParameter GetParameters GetParametersByPath GetParameterHistory DescribeParameters
        ListTagsForResource AddTagsToResource RemoveTagsFromResource
        """,
    ),
}
