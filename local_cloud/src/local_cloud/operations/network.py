"""Operations of EC2 on networks, which are kept and described; nothing filters or carries traffic here."""

LISTS = {
    "ec2": (
        "",
        """
        CreateVpc DeleteVpc DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute
        CreateSubnet DeleteSubnet DescribeSubnets ModifySubnetAttribute
        CreateRouteTable DeleteRouteTable DescribeRouteTables AssociateRouteTable DisassociateRouteTable
        CreateRoute DeleteRoute ReplaceRoute
        CreateSecurityGroup DeleteSecurityGroup DescribeSecurityGroups DescribeSecurityGroupRules
        AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress
        CreateVpcEndpoint DeleteVpcEndpoints DescribeVpcEndpoints ModifyVpcEndpoint DescribeVpcEndpointServices
        CreateFlowLogs DeleteFlowLogs DescribeFlowLogs
        DescribeNetworkAcls DescribeNetworkInterfaces DescribeInternetGateways DescribeNatGateways DescribePrefixLists
        DescribeAvailabilityZones DescribeRegions DescribeAccountAttributes
        CreateTags DeleteTags DescribeTags
        """,
    ),
}
