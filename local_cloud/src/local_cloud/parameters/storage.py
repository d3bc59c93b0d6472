"""Parameters of what keeps data: S3, DynamoDB and ECR."""

from local_cloud.parameters.reasons import ONE_PAGE

_ASKED = "Bucket ExpectedBucketOwner"
_OBJECT = f"{_ASKED} Key ~RequestPayer"
_HEADERS = "CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType Expires Metadata"
_ENCRYPTION = "ServerSideEncryption SSEKMSKeyId BucketKeyEnabled"
_CHECKSUMS = "ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256"
_GRANTS = "GrantFullControl GrantRead GrantReadACP GrantWriteACP"
_CONDITIONS = "CopySourceIfMatch CopySourceIfNoneMatch CopySourceIfModifiedSince CopySourceIfUnmodifiedSince"
_SUMMED = "ContentMD5 ChecksumAlgorithm"
_READ = f"""
    {_OBJECT} VersionId Range IfMatch IfNoneMatch IfModifiedSince IfUnmodifiedSince ChecksumMode
"""
_ANSWER = """
    ResponseCacheControl ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage
    ResponseContentType ResponseExpires
"""
_LIST = f"{_ASKED} ~RequestPayer Delimiter EncodingType Prefix MaxKeys"
_S3 = f"""
CreateBucket{{
    Bucket ACL {_GRANTS} GrantWrite CreateBucketConfiguration{{LocationConstraint}} ObjectOwnership
    ObjectLockEnabledForBucket=false
}}
DeleteBucket{{{_ASKED}}} HeadBucket{{{_ASKED}}} GetBucketLocation{{{_ASKED}}}
ListBuckets{{Prefix ~MaxBuckets ~ContinuationToken}}
PutObject{{
    {_OBJECT} ACL {_GRANTS} Body ~ContentLength {_SUMMED} {_CHECKSUMS} {_HEADERS} {_ENCRYPTION} IfMatch IfNoneMatch
    StorageClass Tagging WebsiteRedirectLocation
}}
GetObject{{{_READ} {_ANSWER}}} HeadObject{{{_READ}}}
CopyObject{{
    {_OBJECT} ACL {_GRANTS} ChecksumAlgorithm CopySource {_CONDITIONS} {_HEADERS} {_ENCRYPTION} IfNoneMatch
    MetadataDirective StorageClass Tagging TaggingDirective WebsiteRedirectLocation ExpectedSourceBucketOwner
}}
DeleteObject{{{_OBJECT} VersionId IfMatch ~BypassGovernanceRetention}}
DeleteObjects{{
    {_ASKED} ~RequestPayer Delete{{Objects{{Key VersionId}} Quiet}} ChecksumAlgorithm ~BypassGovernanceRetention
}}
GetObjectAttributes{{{_OBJECT} VersionId ObjectAttributes}}
ListObjects{{{_LIST} Marker}} ListObjectsV2{{{_LIST} ContinuationToken StartAfter FetchOwner}}
ListObjectVersions{{
    {_ASKED} ~RequestPayer Delimiter ~EncodingType Prefix MaxKeys KeyMarker VersionIdMarker
}}
CreateMultipartUpload{{
    {_OBJECT} ACL {_GRANTS} {_HEADERS} {_ENCRYPTION} StorageClass Tagging ChecksumAlgorithm ChecksumType
}}
UploadPart{{{_OBJECT} Body ~ContentLength {_SUMMED} {_CHECKSUMS} PartNumber UploadId}}
UploadPartCopy{{
    {_OBJECT} CopySource {_CONDITIONS} CopySourceRange PartNumber UploadId ExpectedSourceBucketOwner
}}
CompleteMultipartUpload{{
    {_OBJECT} MultipartUpload{{Parts{{ETag PartNumber {_CHECKSUMS}}}}} UploadId {_CHECKSUMS} ChecksumType MpuObjectSize
    IfNoneMatch
}}
AbortMultipartUpload{{{_OBJECT} UploadId}}
ListMultipartUploads{{{_ASKED} ~RequestPayer ~EncodingType Prefix}}
ListParts{{{_OBJECT} MaxParts PartNumberMarker UploadId}}
PutBucketVersioning{{{_ASKED} {_SUMMED} VersioningConfiguration{{Status MFADelete=Disabled}}}}
GetBucketVersioning{{{_ASKED}}}
PutBucketPolicy{{{_ASKED} {_SUMMED} ~ConfirmRemoveSelfBucketAccess Policy}} GetBucketPolicy{{{_ASKED}}}
DeleteBucketPolicy{{{_ASKED}}}
PutBucketEncryption{{{_ASKED} {_SUMMED} ServerSideEncryptionConfiguration}} GetBucketEncryption{{{_ASKED}}}
DeleteBucketEncryption{{{_ASKED}}}
PutBucketLifecycleConfiguration{{
    {_ASKED} ChecksumAlgorithm LifecycleConfiguration
    TransitionDefaultMinimumObjectSize=all_storage_classes_128K
}}
GetBucketLifecycleConfiguration{{{_ASKED}}} DeleteBucketLifecycle{{{_ASKED}}}
PutBucketLogging{{{_ASKED} {_SUMMED} BucketLoggingStatus}} GetBucketLogging{{{_ASKED}}}
PutBucketOwnershipControls{{{_ASKED} {_SUMMED} OwnershipControls}} GetBucketOwnershipControls{{{_ASKED}}}
DeleteBucketOwnershipControls{{{_ASKED}}}
PutPublicAccessBlock{{{_ASKED} {_SUMMED} PublicAccessBlockConfiguration}} GetPublicAccessBlock{{{_ASKED}}}
DeletePublicAccessBlock{{{_ASKED}}}
PutBucketTagging{{{_ASKED} {_SUMMED} Tagging}} GetBucketTagging{{{_ASKED}}} DeleteBucketTagging{{{_ASKED}}}
PutObjectTagging{{{_OBJECT} {_SUMMED} VersionId Tagging}} GetObjectTagging{{{_OBJECT} VersionId}}
DeleteObjectTagging{{{_ASKED} Key VersionId}}
PutBucketCors{{{_ASKED} {_SUMMED} CORSConfiguration}} GetBucketCors{{{_ASKED}}} DeleteBucketCors{{{_ASKED}}}
PutBucketAcl{{{_ASKED} {_SUMMED} ACL AccessControlPolicy {_GRANTS} GrantWrite}} GetBucketAcl{{{_ASKED}}}
PutObjectAcl{{{_OBJECT} {_SUMMED} ACL AccessControlPolicy {_GRANTS} GrantWrite VersionId}}
GetObjectAcl{{{_OBJECT} VersionId}}
GetBucketNotificationConfiguration{{{_ASKED}}} GetBucketAccelerateConfiguration{{{_ASKED} ~RequestPayer}}
GetBucketRequestPayment{{{_ASKED}}}
GetBucketWebsite{{{_ASKED}}} GetBucketReplication{{{_ASKED}}} GetObjectLockConfiguration{{{_ASKED}}}
"""

_NAMES = "ExpressionAttributeNames ExpressionAttributeValues"
_TOLD = "ReturnConsumedCapacity ReturnItemCollectionMetrics=NONE"
_WRITE = f"TableName Expected ReturnValues ReturnValuesOnConditionCheckFailure ConditionExpression {_NAMES} {_TOLD}"
_FIND = f"""
    TableName IndexName Select Limit ~ConsistentRead ExclusiveStartKey ReturnConsumedCapacity
    ProjectionExpression FilterExpression {_NAMES}
"""
_DYNAMODB = f"""
CreateTable{{
    TableName AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes BillingMode
    ProvisionedThroughput SSESpecification Tags DeletionProtectionEnabled TableClass=STANDARD
    StreamSpecification{{StreamEnabled=false}}
}}
UpdateTable{{
    TableName AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexUpdates
    SSESpecification DeletionProtectionEnabled TableClass=STANDARD StreamSpecification{{StreamEnabled=false}}
}}
DeleteTable{{TableName}} DescribeTable{{TableName}} ListTables{{ExclusiveStartTableName Limit}}
PutItem{{Item {_WRITE}}} DeleteItem{{Key {_WRITE}}} UpdateItem{{Key UpdateExpression AttributeUpdates {_WRITE}}}
GetItem{{
    TableName Key ~ConsistentRead ReturnConsumedCapacity ProjectionExpression ExpressionAttributeNames
}}
Query{{{_FIND} KeyConditions QueryFilter ScanIndexForward KeyConditionExpression}}
Scan{{{_FIND} ScanFilter TotalSegments Segment}}
BatchGetItem{{RequestItems ReturnConsumedCapacity}}
BatchWriteItem{{RequestItems ReturnConsumedCapacity=NONE ReturnItemCollectionMetrics=NONE}}
TransactGetItems{{TransactItems ReturnConsumedCapacity}}
TransactWriteItems{{
    TransactItems ReturnConsumedCapacity=NONE ReturnItemCollectionMetrics=NONE ClientRequestToken
}}
PutResourcePolicy{{ResourceArn Policy ExpectedRevisionId}} GetResourcePolicy{{ResourceArn}}
DeleteResourcePolicy{{ResourceArn ExpectedRevisionId}}
DescribeTimeToLive{{TableName}} UpdateTimeToLive{{TableName TimeToLiveSpecification}}
DescribeContinuousBackups{{TableName}}
UpdateContinuousBackups{{
    TableName PointInTimeRecoverySpecification{{PointInTimeRecoveryEnabled RecoveryPeriodInDays=35}}
}}
DescribeLimits DescribeEndpoints
DescribeKinesisStreamingDestination{{TableName}} DescribeContributorInsights{{TableName IndexName}}
ListBackups{{TableName BackupType ~Limit}}
ListTagsOfResource{{ResourceArn NextToken}} TagResource{{ResourceArn Tags}} UntagResource{{ResourceArn TagKeys}}
"""

_REPOSITORY = "registryId=own-account repositoryName"
_ECR = f"""
CreateRepository{{
    {_REPOSITORY} tags imageTagMutability imageTagMutabilityExclusionFilters imageScanningConfiguration
    encryptionConfiguration
}}
DeleteRepository{{{_REPOSITORY} force}}
DescribeRepositories{{registryId=own-account repositoryNames ~nextToken ~maxResults}}
PutImage{{{_REPOSITORY} imageManifest imageManifestMediaType imageTag imageDigest}}
BatchGetImage{{{_REPOSITORY} imageIds ~acceptedMediaTypes}} BatchDeleteImage{{{_REPOSITORY} imageIds}}
DescribeImages{{{_REPOSITORY} imageIds ~nextToken ~maxResults}}
ListImages{{{_REPOSITORY} filter ~nextToken ~maxResults}}
SetRepositoryPolicy{{{_REPOSITORY} policyText force}} GetRepositoryPolicy{{{_REPOSITORY}}}
DeleteRepositoryPolicy{{{_REPOSITORY}}}
PutLifecyclePolicy{{{_REPOSITORY} lifecyclePolicyText}} GetLifecyclePolicy{{{_REPOSITORY}}}
DeleteLifecyclePolicy{{{_REPOSITORY}}}
PutImageScanningConfiguration{{{_REPOSITORY} imageScanningConfiguration}}
PutImageTagMutability{{{_REPOSITORY} imageTagMutability imageTagMutabilityExclusionFilters}}
GetAuthorizationToken{{registryIds=own-account}}
ListTagsForResource{{resourceArn}} TagResource{{resourceArn tags}} UntagResource{{resourceArn tagKeys}}
"""

PARAMETERS = {"s3": _S3, "dynamodb": _DYNAMODB, "ecr": _ECR}

NO_EFFECT = {
    "s3": {
        "EncodingType": "keys are told as they are, and the answer says so",
        "RequestPayer": "nobody pays",
        "ContentLength": "HTTP's own",
        "BypassGovernanceRetention": "no bucket has object locks",
        "ConfirmRemoveSelfBucketAccess": "a policy that locks out its author is taken",
        "MaxBuckets": ONE_PAGE,
        "ContinuationToken": ONE_PAGE,
    },
    "dynamodb": {
        "ConsistentRead": "every read is consistent",
        "ListBackups.Limit": ONE_PAGE,
    },
    "ecr": {
        "acceptedMediaTypes": "a manifest is told as it was put",
        "nextToken": ONE_PAGE,
        "maxResults": ONE_PAGE,
    },
}
