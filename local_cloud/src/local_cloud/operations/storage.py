"""Operations of what keeps data: S3, DynamoDB and ECR."""

LISTS = {
    "s3": (
        """
        CreateBucket DeleteBucket HeadBucket ListBuckets GetBucketLocation
        PutObject GetObject HeadObject CopyObject DeleteObject DeleteObjects GetObjectAttributes
        ListObjects ListObjectsV2 ListObjectVersions
        CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload
        ListMultipartUploads ListParts
        PutBucketVersioning PutBucketPolicy DeleteBucketPolicy PutBucketEncryption DeleteBucketEncryption
        """,
        """
        GetBucketVersioning GetBucketPolicy GetBucketEncryption
        PutBucketLifecycleConfiguration GetBucketLifecycleConfiguration DeleteBucketLifecycle
        PutBucketLogging GetBucketLogging
        PutBucketOwnershipControls GetBucketOwnershipControls DeleteBucketOwnershipControls
        PutPublicAccessBlock GetPublicAccessBlock DeletePublicAccessBlock
        PutBucketTagging GetBucketTagging DeleteBucketTagging PutObjectTagging GetObjectTagging DeleteObjectTagging
        PutBucketCors GetBucketCors DeleteBucketCors PutBucketAcl GetBucketAcl PutObjectAcl GetObjectAcl
        GetBucketNotificationConfiguration GetBucketAccelerateConfiguration GetBucketRequestPayment
        GetBucketWebsite GetBucketReplication GetObjectLockConfiguration
        """,
    ),
    "dynamodb": (
        """
        CreateTable UpdateTable DeleteTable
        PutItem GetItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem
        TransactGetItems TransactWriteItems PutResourcePolicy DeleteResourcePolicy
        """,
        """
        DescribeTable ListTables DescribeTimeToLive UpdateTimeToLive
        DescribeContinuousBackups UpdateContinuousBackups DescribeLimits DescribeEndpoints GetResourcePolicy
        DescribeKinesisStreamingDestination DescribeContributorInsights ListBackups
        ListTagsOfResource TagResource UntagResource
        """,
    ),
    "ecr": (
        "CreateRepository DeleteRepository PutImage BatchDeleteImage SetRepositoryPolicy DeleteRepositoryPolicy",
        """
        DescribeRepositories DescribeImages ListImages BatchGetImage GetRepositoryPolicy
        PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy
        PutImageScanningConfiguration PutImageTagMutability GetAuthorizationToken
        ListTagsForResource TagResource UntagResource
        """,
    ),
}
