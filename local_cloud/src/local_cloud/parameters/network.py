"""Parameters of EC2's networks."""

from local_cloud.parameters.reasons import ONE_PAGE

_RULE = "GroupId GroupName IpProtocol FromPort ToPort CidrIp IpPermissions"
_ROUTE = """
    RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId GatewayId NatGatewayId
    EgressOnlyInternetGatewayId InstanceId NetworkInterfaceId VpcPeeringConnectionId TransitGatewayId
"""
_PAGES = "~NextToken ~MaxResults"
_EC2 = f"""
CreateVpc{{CidrBlock InstanceTenancy TagSpecifications}} DeleteVpc{{VpcId}} DescribeVpcs{{VpcIds Filters {_PAGES}}}
DescribeVpcAttribute{{VpcId Attribute}} ModifyVpcAttribute{{VpcId EnableDnsHostnames EnableDnsSupport}}
CreateSubnet{{VpcId CidrBlock AvailabilityZone AvailabilityZoneId Ipv6CidrBlock TagSpecifications}}
DeleteSubnet{{SubnetId}} DescribeSubnets{{SubnetIds Filters {_PAGES}}}
ModifySubnetAttribute{{SubnetId MapPublicIpOnLaunch AssignIpv6AddressOnCreation}}
CreateRouteTable{{VpcId TagSpecifications ~ClientToken}} DeleteRouteTable{{RouteTableId}}
DescribeRouteTables{{RouteTableIds Filters {_PAGES}}}
AssociateRouteTable{{RouteTableId SubnetId GatewayId}} DisassociateRouteTable{{AssociationId}}
CreateRoute{{{_ROUTE} CarrierGatewayId VpcEndpointId}} ReplaceRoute{{{_ROUTE}}}
DeleteRoute{{RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId}}
CreateSecurityGroup{{GroupName Description VpcId TagSpecifications}} DeleteSecurityGroup{{GroupId GroupName}}
DescribeSecurityGroups{{GroupIds GroupNames Filters {_PAGES}}}
DescribeSecurityGroupRules{{SecurityGroupRuleIds Filters {_PAGES}}}
AuthorizeSecurityGroupIngress{{{_RULE} TagSpecifications}}
AuthorizeSecurityGroupEgress{{GroupId IpPermissions TagSpecifications}}
RevokeSecurityGroupIngress{{{_RULE} SecurityGroupRuleIds}}
RevokeSecurityGroupEgress{{GroupId IpPermissions SecurityGroupRuleIds}}
CreateVpcEndpoint{{
    VpcEndpointType VpcId ServiceName PolicyDocument RouteTableIds SubnetIds SecurityGroupIds PrivateDnsEnabled
    TagSpecifications ~ClientToken
}}
DeleteVpcEndpoints{{VpcEndpointIds}} DescribeVpcEndpoints{{VpcEndpointIds Filters {_PAGES}}}
ModifyVpcEndpoint{{
    VpcEndpointId PolicyDocument AddRouteTableIds RemoveRouteTableIds AddSubnetIds RemoveSubnetIds
    AddSecurityGroupIds RemoveSecurityGroupIds
}}
DescribeVpcEndpointServices{{ServiceNames MaxResults NextToken}}
CreateFlowLogs{{
    DeliverLogsPermissionArn LogGroupName ResourceIds ResourceType TrafficType LogDestinationType LogDestination
    LogFormat TagSpecifications MaxAggregationInterval ~ClientToken
}}
DeleteFlowLogs{{FlowLogIds}} DescribeFlowLogs{{FlowLogIds Filter {_PAGES}}}
DescribeNetworkAcls{{NetworkAclIds Filters {_PAGES}}}
DescribeNetworkInterfaces{{NetworkInterfaceIds Filters {_PAGES}}}
DescribeInternetGateways{{InternetGatewayIds Filters {_PAGES}}}
DescribeNatGateways{{NatGatewayIds Filter {_PAGES}}}
DescribePrefixLists{{PrefixListIds Filters {_PAGES}}}
DescribeAvailabilityZones{{ZoneNames ZoneIds Filters ~AllAvailabilityZones}}
DescribeRegions{{RegionNames ~AllRegions}} DescribeAccountAttributes
CreateTags{{Resources Tags}} DeleteTags{{Resources Tags}} DescribeTags{{Filters {_PAGES}}}
"""

PARAMETERS = {"ec2": _EC2}

NO_EFFECT = {
    "ec2": {
        "NextToken": ONE_PAGE,
        "MaxResults": ONE_PAGE,
        "ClientToken": "a client makes one for each request, and repeats none that was answered",
        "AllAvailabilityZones": "there are none that the account has not",
        "AllRegions": "there are none that the account has not",
    },
}
