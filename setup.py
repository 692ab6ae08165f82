"""Package list only: Beam's --setup_file wants a setup.py, and packages.find cannot add the two mapped folders."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("pipeline"), "iamdrift.rules", "iamdrift.schemas"])
