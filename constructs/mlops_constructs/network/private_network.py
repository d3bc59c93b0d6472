"""Defines a VPC without a way to the internet: what runs in it reaches AWS through VPC endpoints."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, Aws, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from mlops_constructs.network.placement import Placement
from mlops_constructs.security.acknowledge import acknowledge
from mlops_constructs.security.service_role import service_role

_HTTPS = ec2.Port.tcp(443)


class PrivateNetwork(Construct):
    """Define private subnets, endpoints of the services that are called from them, and encrypted flow logs.

    S3 and DynamoDB have gateway endpoints, which cost nothing; any other service has an interface endpoint, billed by
    the hour and availability zone. All of them let in principals of this account only.

    Args:
        scope: parent.
        construct_id: id.
        name: physical name of the flow logs' group, which the key's policy names.
        cidr: block of the VPC.
        availability_zones: one subnet each.
        prefix_lists: ids of AWS's address lists by service, ``s3`` and ``dynamodb``.
        services: have an interface endpoint, by the id of its construct.
        key: encrypts the flow logs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        cidr: str,
        availability_zones: Sequence[str],
        prefix_lists: Mapping[str, str],
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService],
        key: kms.Key,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Resource",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(availability_zones),
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
            restrict_default_security_group=False,
        )
        acknowledge(
            self.vpc,
            "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
            reason="nothing is in the default group; to empty it takes a function outside of the network that may "
            "change every group of the account",
        )
        self._gateways()
        functions = self._group("Functions", "Lambda functions")
        jobs = self._group("Jobs", "jobs and endpoints of SageMaker, jobs of Glue")
        # Spark's and SageMaker's distributed training's own traffic.
        jobs.connections.allow_internally(ec2.Port.all_traffic(), "instances of one job")
        acknowledge(
            jobs,
            "NIST.800.53.R5-EC2RestrictedCommonPorts",
            reason="Glue and encrypted distributed training demand all ports, open to the group itself only",
        )
        self._interfaces(services, clients=[functions, jobs])
        functions.add_egress_rule(ec2.Peer.prefix_list(prefix_lists["s3"]), _HTTPS, "S3")
        functions.add_egress_rule(ec2.Peer.prefix_list(prefix_lists["dynamodb"]), _HTTPS, "DynamoDB")
        jobs.add_egress_rule(ec2.Peer.prefix_list(prefix_lists["s3"]), _HTTPS, "S3")
        self._flow_logs(name, key)
        self.placement = Placement(
            vpc=self.vpc, subnets=self.vpc.isolated_subnets, functions_group=functions, jobs_group=jobs
        )

    def _group(self, construct_id: str, who: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, construct_id, vpc=self.vpc, description=who, allow_all_outbound=False)

    def _gateways(self) -> None:
        for construct_id, service in {
            "S3": ec2.GatewayVpcEndpointAwsService.S3,
            "DynamoDb": ec2.GatewayVpcEndpointAwsService.DYNAMODB,
        }.items():
            self.vpc.add_gateway_endpoint(construct_id, service=service).add_to_policy(_own_principals())

    def _interfaces(
        self, services: Mapping[str, ec2.InterfaceVpcEndpointAwsService], *, clients: Sequence[ec2.SecurityGroup]
    ) -> None:
        group = self._group("Endpoints", "interface endpoints")
        for client in clients:
            client.connections.allow_to(group, _HTTPS, "services of AWS")
        for construct_id, service in services.items():
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                construct_id,
                vpc=self.vpc,
                service=service,
                subnets=ec2.SubnetSelection(subnets=self.vpc.isolated_subnets),
                security_groups=[group],
                open=False,
            )
            endpoint.add_to_policy(_own_principals())

    def _flow_logs(self, name: str, key: kms.Key) -> None:
        group_name = f"/{name}/flow-logs"
        stack = Stack.of(self)
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EncryptFlowLogs",
                principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
                actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                resources=["*"],
                conditions={
                    "ArnEquals": {
                        "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                            service="logs",
                            resource="log-group",
                            resource_name=group_name,
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                    }
                },
            )
        )
        group = logs.LogGroup(
            self,
            "FlowLogs",
            log_group_name=group_name,
            encryption_key=key,
            retention=logs.RetentionDays.SIX_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = service_role(
            self, "FlowLogsRole", service="vpc-flow-logs.amazonaws.com", description="Writes the network's flow logs"
        )
        group.grant(role, "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_type="VPC",
            resource_id=self.vpc.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )


def _own_principals() -> iam.PolicyStatement:
    """Nobody takes data out with credentials of another account.

    Reference: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=["*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    )
