"""The evaluation of a candidate, and of the champion if there is one, on the same held-out rows.

It runs in images of several ages: the oldest, SageMaker's XGBoost 1.7-1, has Python 3.8, numpy and scikit-learn
(https://github.com/aws/sagemaker-xgboost-container/tree/master/docker/1.7-1). Nothing here may need more.
"""
