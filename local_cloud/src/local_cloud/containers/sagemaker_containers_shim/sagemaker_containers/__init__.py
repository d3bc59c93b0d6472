"""What users' code imports of AWS's older toolkit, which scikit-learn's and XGBoost's images have.

https://github.com/aws/sagemaker-containers; the modules of ``beta.framework`` that AWS's own examples name.
"""
